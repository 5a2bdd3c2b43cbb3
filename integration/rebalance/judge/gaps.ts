/** Pure: the longest times in which no task of a partition ended. */

/**
 * The longest pause between two ends that touches the window, in milliseconds: the one that begins before it and the one that is still
 * open at its end count. Null without an end before `fromMs`.
 */
export function longestGap(endsMs: readonly number[], window: { readonly fromMs: number; readonly untilMs: number }): number | null {
  const before = endsMs.findLast((ms) => ms < window.fromMs)
  if (before === undefined) return null
  const points = [before, ...endsMs.filter((ms) => ms >= window.fromMs && ms < window.untilMs)]
  points.push(window.untilMs)
  return points.slice(1).reduce((longest, ms, index) => Math.max(longest, ms - (points[index] ?? ms)), 0)
}

/** Null for no values. */
export function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}

export function largest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values)
}
