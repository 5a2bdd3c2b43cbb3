/** Signals made of the one of a call. `AbortSignal.any` would keep what it combined alive as long as its sources. */
import { setMaxListeners } from 'node:events'

export interface TimeLimit {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Gives `work` a signal that aborts with `signal`, or with a `TimeoutError` when the time is up. */
export async function withTimeLimit<T>(work: (signal: AbortSignal) => Promise<T>, { timeoutMs, signal }: TimeLimit): Promise<T> {
  const { controller, unlink } = linkedController(signal)
  const timer = setTimeout(() => controller.abort(timeoutError(timeoutMs)), timeoutMs)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
    unlink()
  }
}

/** The same signal for a whole batch to listen to, of which Node would otherwise warn as a leak. */
export function manyListeners(signal: AbortSignal): { readonly signal: AbortSignal; unlink(): void } {
  const { controller, unlink } = linkedController(signal)
  setMaxListeners(0, controller.signal)
  return { signal: controller.signal, unlink }
}

function linkedController(signal: AbortSignal): { readonly controller: AbortController; unlink(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return { controller, unlink: () => signal.removeEventListener('abort', abort) }
}

export function timeoutError(timeoutMs: number): Error {
  return new DOMException(`no complete answer within ${timeoutMs / 1000} s`, 'TimeoutError')
}
