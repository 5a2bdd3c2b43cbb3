/** How long to wait before trying again: pure, randomness is an argument. */
import type { BackoffRules } from '@drakkar/plugin-sdk'

/** `onDeliveryError` → RETRY (spec DLV-11). */
export const deliveryBackoff: BackoffRules = { baseMs: 100, factor: 2, capMs: 10_000, jitter: 1 }

/** Dead letters that the log refuses (spec DLQ-15, `block`). */
export const deadLetterBackoff: BackoffRules = { baseMs: 200, factor: 2, capMs: 15_000, jitter: 0.5 }

/** Waits of the fast retries of an idempotent sink: 50, 100, 200 ms (spec DLV-16); retry number 1 = the first. */
export function fastRetryDelayMs(retry: number): number {
  return 50 * 2 ** Math.max(0, retry - 1)
}

/** Backoff of a retry strategy; `capMs` null: none (spec NMF-19). */
export interface StrategyBackoff {
  readonly intervalMs: number
  readonly factor: number
  readonly capMs: number | null
  /** Share of the wait that may be added to it. */
  readonly jitter: number
}

/** Wait before retry number `retry` (1 = the first) of a strategy (spec NMF-21). `random` is in [0, 1). */
export function strategyDelayMs(backoff: StrategyBackoff, retry: number, random: number): number {
  const full = Math.min(backoff.capMs ?? Infinity, backoff.intervalMs * backoff.factor ** Math.max(0, retry - 1))
  return full * (1 + random * backoff.jitter)
}
