/** Medians and ratios of runs that took place side by side. Pure. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Middle value, or the mean of the two middle ones. Throws on an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing')
  const sorted = values.toSorted((a, b) => a - b)
  const upper = Math.floor(sorted.length / 2)
  const high = sorted[upper] ?? Number.NaN
  return sorted.length % 2 === 1 ? high : ((sorted[upper - 1] ?? Number.NaN) + high) / 2
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/**
 * Spread of `value / base`, round by round: what disturbed the machine in one round disturbed both, so the ratio of a
 * round is firmer than the ratio of two medians. Throws when the lists differ in length.
 */
export function ratios(values: readonly number[], base: readonly number[]): Spread {
  if (values.length !== base.length) throw new Error(`${values.length} values against ${base.length}`)
  return spread(values.map((value, round) => value / (base[round] ?? Number.NaN)))
}
