/** Time that moves only when a test says so. */
import type { Clock } from '../clock.ts'

export interface FakeClock extends Clock {
  /**
   * Moves time forward. Sleeps that end on the way end in their order, each with the time it was due at, and what follows
   * from one runs before the next ends.
   */
  advance(ms: number): Promise<void>
  /**
   * Moves time to the end of the next sleep and ends that one; what follows from it runs after this returns. False: no sleep ends
   * within `limitMs` (default: ever), and time stays.
   */
  wakeNext(limitMs?: number): boolean
  /** Sleeps that have not ended. */
  readonly sleeping: number
}

interface Sleeper {
  readonly dueMs: number
  wake(): void
}

/** `startMs`: Unix milliseconds at the start. Default: 2023-11-14T22:13:20Z. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let elapsedMs = 0
  const sleepers = new Set<Sleeper>()
  const nextDue = (limitMs: number): Sleeper | undefined => {
    const due = [...sleepers].filter((sleeper) => sleeper.dueMs <= limitMs)
    return due.reduce<Sleeper | undefined>((first, other) => (first === undefined || other.dueMs < first.dueMs ? other : first), undefined)
  }
  const wakeNext = (limitMs = Infinity): boolean => {
    const sleeper = nextDue(elapsedMs + limitMs)
    if (sleeper === undefined || sleeper.dueMs === Infinity) return false
    elapsedMs = Math.max(elapsedMs, sleeper.dueMs)
    sleeper.wake()
    return true
  }
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    get sleeping() {
      return sleepers.size
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { dueMs: elapsedMs + Math.max(0, ms), wake }
        if (signal?.aborted === true) {
          resolve()
          return
        }
        signal?.addEventListener('abort', wake, { once: true })
        sleepers.add(sleeper)
      }),
    wakeNext,
    async advance(ms) {
      const limitMs = elapsedMs + ms
      await settled()
      while (wakeNext(limitMs - elapsedMs)) await settled()
      elapsedMs = limitMs
    },
  }
}

/** Resolves after everything that is ready to run has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
