/** Counters of one sink instance (spec SNK-16). Wire names, as the operator's API shows them. */
import type { ResponseStatus } from '@drakkar/plugin-sdk'

export interface SinkStats {
  /**
   * Payloads given to the sink. Each ends as delivered, served, skipped, dead-lettered, spooled or dropped, is handed over to
   * another sink, or is given up (abandoned) with its partition; the rest is under way.
   */
  readonly received_payloads: number
  /** Calls of the sink in which something arrived. */
  readonly delivered_count: number
  /** Delivered here, also as the fallback of another sink. */
  readonly delivered_payloads: number
  readonly served_payloads: number
  readonly skipped_payloads: number
  readonly dead_lettered_payloads: number
  readonly spooled_payloads: number
  /** Let go by `dlq.on_failure: drop`. */
  readonly dropped_payloads: number
  /** Handed over to the fallback. */
  readonly handed_over_payloads: number
  readonly abandoned_payloads: number
  /** Answers of the sink by status (spec NMF-29). */
  readonly responses: Readonly<Record<ResponseStatus, number>>
  readonly error_count: number
  /** Retries asked for by the handler only. */
  readonly retry_count: number
  readonly fast_retry_count: number
  /** Retries of the instance's `retry` strategy. */
  readonly strategy_retry_count: number
  /** Unix seconds, null before the first. */
  readonly last_delivery_ts: number | null
  /** Seconds, 4 decimals. */
  readonly last_delivery_duration: number | null
  readonly last_error: string | null
  readonly last_error_ts: number | null
}
