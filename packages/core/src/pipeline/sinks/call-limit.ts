/** How long one call of a sink may last, and how long a wait between calls: until nobody wants what it works for. */
import { type Clock, SinkError } from '@drakkar/plugin-sdk'
import { abortable } from '../../runtime/abortable.ts'
import { startTimer } from '../executor/timer.ts'

export interface CallLimit {
  readonly signal: AbortSignal
  /** Rejects when the limit is reached, whether or not the sink heeds the signal. */
  race<T>(promise: Promise<T>): Promise<T>
  release(): void
}

/** The deadline of one call, and the end of everything it works for. `timeoutMs` null: no deadline. */
export function callLimit(signals: readonly AbortSignal[], limit: { readonly timeoutMs: number | null; readonly clock: Clock }): CallLimit {
  const controller = new AbortController()
  const { signal } = controller
  const distinct = new Set(signals)
  let alive = distinct.size
  const stop = (message: string): void => controller.abort(new SinkError({ kind: 'transient', message }))
  const onAbort = (): void => {
    alive -= 1
    if (alive === 0) stop('the delivery was abandoned')
  }
  for (const one of distinct) {
    if (one.aborted) onAbort()
    else one.addEventListener('abort', onAbort, { once: true })
  }
  const { timeoutMs, clock } = limit
  const cancelTimer = timeoutMs === null ? null : startTimer(clock, timeoutMs, () => stop(`no answer within ${timeoutMs} ms`))
  return {
    signal,
    race: (promise) => abortable(promise, signal),
    release: () => {
      cancelTimer?.()
      for (const one of distinct) one.removeEventListener('abort', onAbort)
    },
  }
}
