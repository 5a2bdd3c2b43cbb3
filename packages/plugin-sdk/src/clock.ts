/** Time as a port: what waits or measures takes a clock, so that tests own it. */
export interface Clock {
  /** Unix milliseconds. For records, never for elapsed time. */
  now(): number
  /** Milliseconds of a clock that never jumps. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Longest wait of a timer of Node (24.8 days); it fires at once when asked for more. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    for (let leftMs = ms; signal?.aborted !== true; leftMs -= longestTimerMs) {
      await waitOnce(Math.min(leftMs, longestTimerMs), signal)
      if (leftMs <= longestTimerMs) return
    }
  },
}

function waitOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
