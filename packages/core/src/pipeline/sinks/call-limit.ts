/** How long one call of a sink may last, and how long a wait between calls: until nobody wants what it works for. */
import { SinkError } from '@drakkar/plugin-sdk'

export interface CallLimit {
  readonly signal: AbortSignal
  /** Rejects when the limit is reached, whether or not the sink heeds the signal. */
  race<T>(promise: Promise<T>): Promise<T>
  release(): void
}

/** The deadline of one call, and the end of everything it works for. */
export function callLimit(signals: readonly AbortSignal[], timeoutMs: number | null): CallLimit {
  const controller = new AbortController()
  const distinct = new Set(signals)
  let alive = distinct.size
  let rejectRace: (reason: SinkError) => void = () => undefined
  const stop = (message: string): void => {
    const reason = new SinkError({ kind: 'transient', message })
    controller.abort(reason)
    rejectRace(reason)
  }
  const onAbort = (): void => {
    alive -= 1
    if (alive === 0) stop('the delivery was abandoned')
  }
  for (const signal of distinct) signal.addEventListener('abort', onAbort, { once: true })
  const timer = timeoutMs === null ? undefined : setTimeout(() => stop(`no answer within ${timeoutMs} ms`), timeoutMs)
  return {
    signal: controller.signal,
    race: (promise) =>
      new Promise((resolve, reject) => {
        rejectRace = reject
        promise.then(resolve, reject)
      }),
    release: () => {
      clearTimeout(timer)
      for (const signal of distinct) signal.removeEventListener('abort', onAbort)
    },
  }
}

/** Aborts with the first of the signals. `release` once it is not needed any more: the signals live long. */
export function firstAbort(signals: readonly AbortSignal[]): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController()
  const distinct = new Set(signals)
  const onAbort = (): void => controller.abort()
  for (const signal of distinct) {
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
  }
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of distinct) signal.removeEventListener('abort', onAbort)
    },
  }
}
