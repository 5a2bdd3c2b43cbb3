/** `--rate`: how long to wait before the next message. Pure; the time is an argument. */

export interface RateState {
  /** When the next message is due if the rate is kept exactly, on a clock that never jumps. */
  readonly dueMs: number
}

export const idleRate: RateState = { dueMs: Number.NEGATIVE_INFINITY }

/** Messages may go so much earlier than they are due: timers are too coarse for one wait per message at high rates. */
export const burstMs = 20

export interface RateStep {
  readonly waitMs: number
  readonly state: RateState
}

/** For one message. In any span of T ms go at most `ratePerSecond * (T + burstMs) / 1000 + 1` messages. */
export function nextMessage({ dueMs }: RateState, ratePerSecond: number, nowMs: number): RateStep {
  const due = Math.max(dueMs, nowMs)
  return { waitMs: Math.max(0, due - burstMs - nowMs), state: { dueMs: due + 1000 / ratePerSecond } }
}
