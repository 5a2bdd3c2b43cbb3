/**
 * The durability barrier of a sink with `flush`: a payload counts as delivered only when a flush that began after its
 * delivery has succeeded, so that no offset passes what is not durable (spec UNI-5…7).
 */
import { classifyError, failure, type DeliverResult, type DeliveryItem, type SinkError, type SinkResponse } from '@drakkar/plugin-sdk'

export class FlushBarrier {
  readonly #flush: () => Promise<void>
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(flush: () => Promise<void>) {
    this.#flush = flush
  }

  /**
   * Resolves when all that was delivered before the call is durable, rejects when it could not be made so. At most one flush
   * runs and one waits: whoever comes while one runs shares the next (spec UNI-6). When the one that runs fails, those who wait
   * fail with it: it may have covered their writes already, and a file system reports such an error only once.
   */
  pass(): Promise<void> {
    if (this.#next !== null) return this.#next
    if (this.#running === null) return this.#start()
    this.#next = this.#startAfter(this.#running)
    return this.#next
  }

  async #startAfter(running: Promise<void>): Promise<void> {
    try {
      await running
    } finally {
      this.#next = null
    }
    return this.#start()
  }

  #start(): Promise<void> {
    const running = this.#flush().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }
}

/** The sink's answer once the barrier has decided: what it took and could not make durable has failed. */
export async function afterBarrier(
  items: readonly DeliveryItem<unknown>[],
  result: DeliverResult,
  barrier: FlushBarrier,
): Promise<DeliverResult> {
  if (Array.isArray(result) && !result.some(isTaken)) return result
  try {
    await barrier.pass()
    return result
  } catch (error) {
    const cause = classifyError(error)
    if (Array.isArray(result))
      return result.map((response: SinkResponse) => (isTaken(response) ? notDurable(response.id, cause) : response))
    return items.map(({ id }) => notDurable(id, cause))
  }
}

function isTaken(response: SinkResponse): boolean {
  return response.status === 'ok' || response.status === 'on_success'
}

function notDurable(id: string, cause: SinkError): SinkResponse {
  return failure(id, cause)
}
