/**
 * How long a stop may take as a whole (G10): the drain budget, and a little more for everything that has to be closed, whatever
 * of it hangs.
 */
import type { Clock } from '@drakkar/plugin-sdk'
import { within } from './within.ts'

/** What a stop may take beyond the drain budget. */
export const closeGraceMs = 2500
/** Longest wait for a single step, however much is left. */
export const longestStepMs = 10_000

export class StopBudget {
  readonly #clock: Clock
  readonly #endMs: number

  /** Begins now. */
  constructor(clock: Clock, drainTimeoutMs: number) {
    this.#clock = clock
    this.#endMs = clock.monotonicMs() + drainTimeoutMs + closeGraceMs
  }

  /** What one more step may take: half of what is left, so that a step that hangs leaves time for those behind it. */
  get stepMs(): number {
    return Math.min(longestStepMs, Math.max(0, this.#endMs - this.#clock.monotonicMs()) / 2)
  }

  /** True when the work resolved in the time of one step; the work itself goes on. */
  step(work: Promise<unknown>): Promise<boolean> {
    return within(work, { clock: this.#clock, limitMs: this.stepMs })
  }
}
