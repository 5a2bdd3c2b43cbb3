/**
 * Deliveries in flight. A request cannot be taken back: when a call is aborted its caller is let go at once, the request ends
 * by itself, and the next delivery waits for it, so that it cannot be overtaken.
 */
import { SinkError } from '@drakkar/plugin-sdk'

export class SendLane {
  readonly #running = new Set<Promise<unknown>>()
  readonly #abandoned = new Set<Promise<unknown>>()

  /** Rejects with a transient `SinkError` as soon as `signal` aborts. */
  async run<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await untilAborted(Promise.allSettled(this.#abandoned), signal)
    const work = send()
    this.#track(work, this.#running)
    return untilAborted(work, signal, () => this.#track(work, this.#abandoned))
  }

  /** Waits for what is in flight, at most `timeoutMs`. */
  async settle(timeoutMs: number): Promise<void> {
    if (this.#running.size === 0) return
    const timeout = AbortSignal.timeout(timeoutMs)
    await untilAborted(Promise.allSettled(this.#running), timeout)
  }

  #track(work: Promise<unknown>, set: Set<Promise<unknown>>): void {
    const forget = (): void => void set.delete(work)
    set.add(work)
    work.then(forget, forget)
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal, onAbandon?: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      onAbandon?.()
      reject(new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason }))
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
