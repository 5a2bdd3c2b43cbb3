/** Counters of one sink instance (spec SNK-16). Wire names, as the operator's API shows them. */
export interface SinkStats {
  readonly delivered_count: number
  readonly delivered_payloads: number
  readonly error_count: number
  /** Retries asked for by the handler only. */
  readonly retry_count: number
  readonly fast_retry_count: number
  readonly skipped_payloads: number
  readonly dead_lettered_payloads: number
  /** Unix seconds, null before the first. */
  readonly last_delivery_ts: number | null
  /** Seconds, 4 decimals. */
  readonly last_delivery_duration: number | null
  readonly last_error: string | null
  readonly last_error_ts: number | null
}
