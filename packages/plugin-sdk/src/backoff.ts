/** How long to wait before trying again: pure, randomness is an argument. */

export interface BackoffRules {
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number
  /** 0 = none, 1 = anything between nothing and the full delay ("full jitter"). */
  readonly jitter: number
}

/** Delay in milliseconds before retry number `retry` (1 = the first). `random` is in [0, 1). */
export function backoffDelayMs(rules: BackoffRules, retry: number, random: number): number {
  const full = Math.min(rules.capMs, rules.baseMs * rules.factor ** Math.max(0, retry - 1))
  return full * (1 - rules.jitter * random)
}
