/**
 * Pure: how many processes may run while the machine is short of processes, descriptors or memory. Halves under pressure
 * and grows back by one for every `limit` programs that started: additive increase, multiplicative decrease.
 */

export interface ConcurrencyLimit {
  /** Processes that may run now; never above `max`, never below 1. */
  readonly limit: number
  readonly max: number
  /** Starts since the limit last changed. */
  readonly starts: number
  /** Pressure events since the last successful start. */
  readonly failuresInRow: number
  /** No start before this moment. */
  readonly pausedUntilMs: number
}

const firstPauseMs = 25
const longestPauseMs = 5000

export function fullLimit(max: number): ConcurrencyLimit {
  return { limit: max, max, starts: 0, failuresInRow: 0, pausedUntilMs: 0 }
}

/** `activeCount` includes the task that could not start. Several failures within one pause count as one. */
export function afterPressure(state: ConcurrencyLimit, activeCount: number, nowMs: number): ConcurrencyLimit {
  if (nowMs < state.pausedUntilMs) return state
  const failuresInRow = state.failuresInRow + 1
  return {
    ...state,
    limit: Math.max(1, Math.floor(Math.min(state.limit, activeCount) / 2)),
    starts: 0,
    failuresInRow,
    pausedUntilMs: nowMs + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failuresInRow - 1, 10)),
  }
}

export function afterStart(state: ConcurrencyLimit): ConcurrencyLimit {
  if (state.limit === state.max && state.failuresInRow === 0) return state
  const starts = state.starts + 1
  const grows = starts >= state.limit && state.limit < state.max
  return { ...state, failuresInRow: 0, starts: grows ? 0 : starts, limit: grows ? state.limit + 1 : state.limit }
}
