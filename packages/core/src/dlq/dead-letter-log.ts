/**
 * Writes dead letters to their topic. A port of its own, not a sink: its failure holds the watermark back (invariant
 * I2) unless `dlq.on_failure` is `drop`.
 */
import { type Clock, errorMessage, LogError, redactText } from '@drakkar/plugin-sdk'
import type { LogProducer } from '@drakkar/plugin-sdk/log'
import type { AppLogger } from '../observability/logger.ts'
import { backoffDelayMs, deadLetterBackoff } from '../pipeline/sinks/retry-delay.ts'
import { abortable } from '../runtime/abortable.ts'
import type { DeadLetterRecord } from './dead-letter.ts'
import { reducedRecord } from './shrink-dead-letter.ts'

/**
 * How the sending of a dead letter ended. `dead_lettered`: acknowledged by the log. `spooled`: durable in the spool, which
 * sends it later. `dropped`: let go by `dlq.on_failure: drop`. `abandoned`: the signal aborted before it was safe, so the
 * source message must stay uncommitted.
 */
export type DeadLetterEnd = 'dead_lettered' | 'spooled' | 'dropped' | 'abandoned'

/** The source message needs nothing more. */
export function isSettled(end: DeadLetterEnd): boolean {
  return end !== 'abandoned'
}

export interface DeadLetterLogOptions {
  readonly topic: string
  readonly producer: LogProducer
  /** `drop` is the explicit opt-out of "nothing is lost". */
  readonly onFailure: 'block' | 'drop'
  readonly clock: Clock
  readonly logger: AppLogger
  readonly random: () => number
}

export class DeadLetterLog {
  readonly #options: DeadLetterLogOptions
  #sent = 0
  #sendFailures = 0
  #blocked = 0

  constructor(options: DeadLetterLogOptions) {
    this.#options = options
  }

  get topic(): string {
    return this.#options.topic
  }

  /** Records acknowledged by the log. */
  get sentCount(): number {
    return this.#sent
  }

  get sendFailureCount(): number {
    return this.#sendFailures
  }

  /** Records that wait for the log to accept them. */
  get blockedCount(): number {
    return this.#blocked
  }

  /**
   * Resolves when the record is safe, was let go, or the signal aborted before that. Never rejects.
   */
  async send(record: DeadLetterRecord, key: Uint8Array | null, signal: AbortSignal): Promise<DeadLetterEnd> {
    let value = Buffer.from(JSON.stringify(record))
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const error = await this.#trySend(value, key, signal)
      if (error === null) {
        this.#sent += 1
        this.#options.logger.info('dlq_message_sent', {
          sink_type: record.sink_type,
          sink_name: record.sink_name,
          partition: record.partition,
        })
        return 'dead_lettered'
      }
      this.#reportFailure(record, { attempt, bytes: value.length, error })
      if (signal.aborted) return 'abandoned'
      if (this.#options.onFailure === 'drop') return 'dropped'
      if (isRefused(error)) value = Buffer.from(JSON.stringify(reducedRecord(record)))
      this.#blocked += 1
      await this.#options.clock.sleep(backoffDelayMs(deadLetterBackoff, attempt, this.#options.random()), signal)
      this.#blocked -= 1
    }
    return 'abandoned'
  }

  /** A send that is never answered ends with the signal. */
  async #trySend(value: Uint8Array, key: Uint8Array | null, signal: AbortSignal): Promise<unknown> {
    try {
      await abortable(this.#options.producer.send([{ topic: this.#options.topic, key, value }]), signal)
      return null
    } catch (error) {
      return error
    }
  }

  #reportFailure(record: DeadLetterRecord, failure: { attempt: number; bytes: number; error: unknown }): void {
    this.#sendFailures += 1
    this.#options.logger.critical('dlq_send_failed', {
      topic: this.#options.topic,
      sink_type: record.sink_type,
      sink_name: record.sink_name,
      partition: record.partition,
      payload_count: record.original_payloads.length,
      payload_bytes: failure.bytes,
      attempt_count: failure.attempt,
      error_type: LogError.isInstance(failure.error) ? failure.error.kind : 'unknown',
      error: redactText(errorMessage(failure.error)),
      on_failure: this.#options.onFailure,
    })
  }
}

/** The log took the request and will not take this record, most likely for its size. */
function isRefused(error: unknown): boolean {
  return LogError.isInstance(error) && error.kind === 'permanent'
}
