/** Lets the caller of an aborted call go at once, while its work ends by itself. */
import { SinkError } from '@drakkar/plugin-sdk'

/** Rejects with a transient `SinkError` as soon as `signal` aborts. `onAbort` runs before that. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, onAbort?: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      onAbort?.()
      reject(new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason }))
    }
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
