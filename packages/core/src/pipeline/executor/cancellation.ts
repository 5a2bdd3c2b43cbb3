/**
 * Cancelling one run, whether its caller's signal aborts or the executor closes. Cheaper than `AbortSignal.any`, and many
 * runs share one listener on a signal: thousands wait on one partition's.
 */

export class Cancellation {
  #isCancelled = false
  #listener: (() => void) | null = null

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  cancel(): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    const listener = this.#listener
    this.#listener = null
    listener?.()
  }

  /** Replaces the listener: a run waits for one thing at a time. Called at once when already cancelled; null removes it. */
  listen(listener: (() => void) | null): void {
    if (this.#isCancelled) listener?.()
    else this.#listener = listener
  }
}

const subscriptions = new WeakMap<AbortSignal, Set<Cancellation>>()

/** Cancels when the signal aborts. Returns what ends the connection. */
function cancelOnAbort(signal: AbortSignal, cancellation: Cancellation): () => void {
  if (signal.aborted) {
    cancellation.cancel()
    return () => {}
  }
  const subscribed = subscriptions.get(signal) ?? subscribe(signal)
  subscribed.add(cancellation)
  return () => {
    subscribed.delete(cancellation)
  }
}

function subscribe(signal: AbortSignal): Set<Cancellation> {
  const subscribed = new Set<Cancellation>()
  subscriptions.set(signal, subscribed)
  const cancelAll = (): void => {
    for (const cancellation of subscribed) cancellation.cancel()
  }
  signal.addEventListener('abort', cancelAll, { once: true })
  return subscribed
}

export interface RunCancellation {
  /** Ends the run at any time. */
  readonly whole: Cancellation
  /** Ends it only while it waits for its slot; the same object as `whole` when nothing asks for less. */
  readonly waiting: Cancellation
  cancel(): void
  disconnect(): void
}

/** The two ways a run is cancelled from outside, connected to their signals until `disconnect()`. */
export function connectCancellation(signal: AbortSignal, admission: AbortSignal | undefined): RunCancellation {
  const whole = new Cancellation()
  const waiting = admission === undefined ? whole : new Cancellation()
  const connections = [cancelOnAbort(signal, whole)]
  if (admission !== undefined) connections.push(cancelOnAbort(signal, waiting), cancelOnAbort(admission, waiting))
  return {
    whole,
    waiting,
    cancel: () => {
      waiting.cancel()
      whole.cancel()
    },
    disconnect: () => {
      for (const disconnect of connections) disconnect()
    },
  }
}
