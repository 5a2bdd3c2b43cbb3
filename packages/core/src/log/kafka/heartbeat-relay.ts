/**
 * Between kafkajs's fetch loop and the coordinator. kafkajs waits for every heartbeat before it fetches on, and stops all its
 * fetchers when one fails; a coordinator that hangs or is gone would stop partitions whose leaders are well.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const longestWaitMs = 500

export class HeartbeatRelay {
  /** Stands for the one that is not answered yet. */
  #out: object | null = null
  /** Answered after nobody waited any more: for the next who asks. */
  #failure: { readonly error: unknown } | null = null

  /** Sends one, unless the last is not answered yet. Waits a moment for the answer; a failure that comes later rejects the next call. */
  async beat(send: () => Promise<void>): Promise<void> {
    if (this.#out === null && this.#failure === null) await this.#send(send)
    if (this.#failure === null) return
    const { error } = this.#failure
    this.#failure = null
    throw error
  }

  /** A join begins: what is said of the generation before is of no interest, and nothing waits for a coordinator of before. */
  forget(): void {
    this.#out = null
    this.#failure = null
  }

  async #send(send: () => Promise<void>): Promise<void> {
    const out = {}
    this.#out = out
    const answered = new AbortController()
    const settle = (failure: { readonly error: unknown } | null): void => {
      answered.abort()
      if (this.#out !== out) return
      this.#out = null
      this.#failure = failure
    }
    const answer = send().then(
      () => settle(null),
      (error: unknown) => settle({ error }),
    )
    await Promise.race([answer, sleep(longestWaitMs, undefined, { signal: answered.signal }).catch(() => undefined)])
  }
}
