/**
 * Between kafkajs's fetch loop and the coordinator. kafkajs waits for every heartbeat before it fetches on, and stops all its
 * fetchers when one fails; a coordinator that hangs or is gone would stop partitions whose leaders are well.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const longestWaitMs = 500

export class HeartbeatRelay {
  /** Not answered yet. */
  #isOut = false
  /** Answered after nobody waited any more: for the next who asks. */
  #failure: { readonly error: unknown } | null = null

  /** Sends one, unless the last is not answered yet. Waits a moment for the answer; a failure that comes later rejects the next call. */
  async beat(send: () => Promise<void>): Promise<void> {
    if (!this.#isOut && this.#failure === null) await this.#send(send)
    if (this.#failure === null) return
    const { error } = this.#failure
    this.#failure = null
    throw error
  }

  /** What was said of an earlier generation is of no interest any more. */
  forget(): void {
    this.#failure = null
  }

  async #send(send: () => Promise<void>): Promise<void> {
    this.#isOut = true
    const answered = new AbortController()
    const answer = send()
      .catch((error: unknown) => {
        this.#failure = { error }
      })
      .finally(() => {
        this.#isOut = false
        answered.abort()
      })
    await Promise.race([answer, sleep(longestWaitMs, undefined, { signal: answered.signal }).catch(() => undefined)])
  }
}
