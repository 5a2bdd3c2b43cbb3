/** One cancellable timer on the worker's clock. */
import type { Clock } from '@drakkar/plugin-sdk'

/** Longer delays overflow the platform's timers and would fire at once. */
const maxDelayMs = 2 ** 31 - 1

/** Calls back once after `delayMs` (24 days at most). Returns what cancels it. */
export function startTimer(clock: Clock, delayMs: number, callback: () => void): () => void {
  const cancellation = new AbortController()
  const fire = (): void => {
    if (!cancellation.signal.aborted) callback()
  }
  // A clock whose sleep fails must not swallow a deadline.
  clock.sleep(Math.min(delayMs, maxDelayMs), cancellation.signal).then(fire, fire)
  return () => cancellation.abort()
}
