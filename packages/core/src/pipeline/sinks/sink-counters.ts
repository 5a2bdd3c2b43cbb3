/** Mutable counters behind `SinkStats`: plain additions, cheap enough for every delivery. */
import type { SinkStats } from '../../model/sink-stats.ts'

export class SinkCounters {
  #deliveredCount = 0
  #deliveredPayloads = 0
  #errorCount = 0
  #retryCount = 0
  #fastRetryCount = 0
  #skippedPayloads = 0
  #deadLetteredPayloads = 0
  #lastDeliveryMs: number | null = null
  #lastDurationMs: number | null = null
  #lastError: string | null = null
  #lastErrorMs: number | null = null

  delivered(payloads: number, when: { readonly ts: number; readonly durationMs: number }): void {
    this.#deliveredCount += 1
    this.#deliveredPayloads += payloads
    this.#lastDeliveryMs = when.ts
    this.#lastDurationMs = when.durationMs
  }

  failed(error: string, ts: number): void {
    this.#errorCount += 1
    this.#lastError = error
    this.#lastErrorMs = ts
  }

  retried(): void {
    this.#retryCount += 1
  }

  fastRetried(): void {
    this.#fastRetryCount += 1
  }

  skipped(payloads: number): void {
    this.#skippedPayloads += payloads
  }

  deadLettered(payloads: number): void {
    this.#deadLetteredPayloads += payloads
  }

  snapshot(): SinkStats {
    return {
      delivered_count: this.#deliveredCount,
      delivered_payloads: this.#deliveredPayloads,
      error_count: this.#errorCount,
      retry_count: this.#retryCount,
      fast_retry_count: this.#fastRetryCount,
      skipped_payloads: this.#skippedPayloads,
      dead_lettered_payloads: this.#deadLetteredPayloads,
      last_delivery_ts: this.#lastDeliveryMs === null ? null : this.#lastDeliveryMs / 1000,
      last_delivery_duration: this.#lastDurationMs === null ? null : Math.round(this.#lastDurationMs * 10) / 10_000,
      last_error: this.#lastError,
      last_error_ts: this.#lastErrorMs === null ? null : this.#lastErrorMs / 1000,
    }
  }
}
