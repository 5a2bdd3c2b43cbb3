/** How long it took until ends came as fast as before the fault. Pure. */
import type { Recovery } from './oracle-api.ts'

const windowMs = 1000
const stepMs = 100
const goodShare = 0.9

export interface RecoveryFacts {
  /** When messages came to their ends, ascending. Unix milliseconds. */
  readonly endsAtMs: readonly number[]
  readonly faultAtMs: number
  readonly healedAtMs: number
}

/**
 * The rate before is that from the first end to the fault. The recovery ends where a second begins in which 90 % of that rate is
 * reached, or with the last end when the work ran out before.
 */
export function recoveryOf({ endsAtMs, faultAtMs, healedAtMs }: RecoveryFacts): Recovery {
  const [first = faultAtMs] = endsAtMs
  const beforeMs = faultAtMs - first
  if (beforeMs < windowMs / 2) return { rateBefore: null, seconds: null }
  const rateBefore = countBetween(endsAtMs, first, faultAtMs) / (beforeMs / 1000)
  const lastMs = endsAtMs.at(-1) ?? healedAtMs
  for (let fromMs = healedAtMs; fromMs <= lastMs; fromMs += stepMs) {
    const rate = countBetween(endsAtMs, fromMs, fromMs + windowMs) / (windowMs / 1000)
    if (rate >= goodShare * rateBefore) return { rateBefore, seconds: (fromMs - healedAtMs) / 1000 }
    if (fromMs + windowMs >= lastMs) break
  }
  return { rateBefore, seconds: Math.max(0, (lastMs - healedAtMs) / 1000) }
}

function countBetween(ascending: readonly number[], from: number, to: number): number {
  return firstAtLeast(ascending, to) - firstAtLeast(ascending, from)
}

function firstAtLeast(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
