/**
 * One piece of work at a time, in the order it was asked for. File calls cannot be cancelled, so an aborted caller is let
 * go while its work ends in the background, and later work still waits for it.
 */
import { SinkError } from '@drakkar/plugin-sdk'

const neverAborted = new AbortController().signal

export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Rejects with a transient `SinkError` as soon as `signal` aborts; work that has not begun by then never runs. */
  run<T>(work: () => Promise<T>, signal: AbortSignal = neverAborted): Promise<T> {
    const start = (): Promise<T> => (signal.aborted ? Promise.reject(abortError(signal)) : work())
    const result = this.#last.then(start)
    this.#last = result.catch(reportedToCaller)
    return untilAborted(result, signal)
  }
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortError(signal))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    result.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject)
  })
}

function abortError(signal: AbortSignal): SinkError {
  return new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason })
}

/** The caller of `run` has the same rejection; the queue only waits. */
function reportedToCaller(): void {}
