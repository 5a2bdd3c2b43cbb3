/** Mutable counters behind `SinkStats`: plain additions, cheap enough for every delivery. */
import type { ResponseStatus } from '@drakkar/plugin-sdk'
import type { SinkStats } from '../../model/sink-stats.ts'
import type { EndState } from './delivery-group.ts'

export class SinkCounters {
  #received = 0
  #deliveredCount = 0
  #handedOver = 0
  #abandoned = 0
  #errorCount = 0
  #retryCount = 0
  #fastRetryCount = 0
  #strategyRetryCount = 0
  #lastDeliveryMs: number | null = null
  #lastDurationMs: number | null = null
  #lastError: string | null = null
  #lastErrorMs: number | null = null
  readonly #ends: Record<EndState, number> = {
    delivered: 0,
    fallback_delivered: 0,
    served: 0,
    skipped: 0,
    dead_lettered: 0,
    spooled: 0,
    dropped: 0,
  }
  readonly #answers: Record<ResponseStatus, number> = { ok: 0, failure: 0, fallback: 0, serve: 0, on_success: 0, skip: 0 }

  received(payloads: number): void {
    this.#received += payloads
  }

  /** One call of the sink in which something arrived. */
  delivered(when: { readonly ts: number; readonly durationMs: number }): void {
    this.#deliveredCount += 1
    this.#lastDeliveryMs = when.ts
    this.#lastDurationMs = when.durationMs
  }

  ended(state: EndState, payloads: number): void {
    this.#ends[state] += payloads
  }

  /** Their end is the other sink's business. */
  handedOver(payloads: number): void {
    this.#handedOver += payloads
  }

  /** Given up without an end state: their messages stay uncommitted. */
  abandoned(payloads: number): void {
    this.#abandoned += payloads
  }

  answered(status: ResponseStatus, payloads: number): void {
    this.#answers[status] += payloads
  }

  failed(error: string, ts: number): void {
    this.#errorCount += 1
    this.#lastError = error
    this.#lastErrorMs = ts
  }

  retried(why: 'handler' | 'strategy' | 'fast'): void {
    if (why === 'handler') this.#retryCount += 1
    else if (why === 'strategy') this.#strategyRetryCount += 1
    else this.#fastRetryCount += 1
  }

  snapshot(): SinkStats {
    const { delivered, fallback_delivered, served, skipped, dead_lettered, spooled, dropped } = this.#ends
    return {
      received_payloads: this.#received,
      delivered_count: this.#deliveredCount,
      delivered_payloads: delivered + fallback_delivered,
      served_payloads: served,
      skipped_payloads: skipped,
      dead_lettered_payloads: dead_lettered,
      spooled_payloads: spooled,
      dropped_payloads: dropped,
      handed_over_payloads: this.#handedOver,
      abandoned_payloads: this.#abandoned,
      responses: { ...this.#answers },
      error_count: this.#errorCount,
      retry_count: this.#retryCount,
      fast_retry_count: this.#fastRetryCount,
      strategy_retry_count: this.#strategyRetryCount,
      last_delivery_ts: this.#lastDeliveryMs === null ? null : this.#lastDeliveryMs / 1000,
      last_delivery_duration: this.#lastDurationMs === null ? null : Math.round(this.#lastDurationMs * 10) / 10_000,
      last_error: this.#lastError,
      last_error_ts: this.#lastErrorMs === null ? null : this.#lastErrorMs / 1000,
    }
  }
}
