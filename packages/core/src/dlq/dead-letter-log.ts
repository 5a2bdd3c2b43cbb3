/**
 * Writes dead letters to their topic. A port of its own, not a sink: its failure holds the watermark back (invariant
 * I2), unless they are safe in the spool, or `dlq.on_failure` is `drop`.
 */
import { backoffDelayMs, type CallOptions, type Clock, errorMessage, LogError, redactText } from '@drakkar/plugin-sdk'
import type { LogProducer } from '@drakkar/plugin-sdk/log'
import type { AppLogger } from '../observability/logger.ts'
import { deadLetterBackoff } from '../pipeline/sinks/retry-delay.ts'
import { abortable } from '../runtime/abortable.ts'
import type { DeadLetterRecord } from './dead-letter.ts'
import { DeadLetterSender } from './dead-letter-sender.ts'
import { RefusedSize } from './refused-size.ts'
import { entryOf, smallerEntries, type SmallerEntries } from './smaller-entries.ts'
import type { DeadLetterSpool } from './spool/dead-letter-spool.ts'
import type { SpoolEntry } from './spool/spool-line.ts'
import { SpoolResender } from './spool-resender.ts'

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
  /** `drop` is the explicit opt-out of "nothing is lost". `spool` without a spool is `block`. */
  readonly onFailure: 'spool' | 'block' | 'drop'
  /** Retries of one send before `spool` or `drop` applies. Default 3. */
  readonly maxRetries?: number
  /** Is sent whatever `onFailure` says. The log closes it. */
  readonly spool?: DeadLetterSpool | null
  readonly clock: Clock
  readonly logger: AppLogger
  readonly random: () => number
}

/** A dead letter on its way, with what its log lines say of it. */
interface Letter {
  readonly entry: SpoolEntry
  readonly maxRetries: number
  readonly about: { readonly sink_type: string; readonly sink_name: string; readonly partition: number; readonly payload_count: number }
}

/** Of several parts, the end that promises least. */
const byPromise: readonly DeadLetterEnd[] = ['abandoned', 'dropped', 'spooled', 'dead_lettered']

export class DeadLetterLog {
  readonly #options: DeadLetterLogOptions
  readonly #sender: DeadLetterSender
  readonly #spool: DeadLetterSpool | null
  readonly #refusedSize: RefusedSize
  #resender: SpoolResender | null = null
  #blocked = 0
  #spooled = 0

  constructor(options: DeadLetterLogOptions) {
    this.#options = options
    this.#sender = new DeadLetterSender(options)
    this.#spool = options.spool ?? null
    this.#refusedSize = new RefusedSize(options.clock)
  }

  get topic(): string {
    return this.#options.topic
  }

  /** Records acknowledged by the log, those sent from the spool included. */
  get sentCount(): number {
    return this.#sender.sentCount
  }

  get sendFailureCount(): number {
    return this.#sender.failureCount
  }

  /** Records that wait between two attempts. */
  get blockedCount(): number {
    return this.#blocked
  }

  /** Records that went to the spool. */
  get spooledCount(): number {
    return this.#spooled
  }

  /** Records in the spool now. */
  get spoolEntries(): number {
    return this.#spool?.entries ?? 0
  }

  /** False: nothing can be sent at the moment. */
  get isConnected(): boolean {
    return this.#sender.isConnected
  }

  /** What is in the spool is sent from here on. */
  async connect(call: CallOptions): Promise<void> {
    await this.#sender.connect(call)
    this.#options.logger.info('dlq_sink_connected', { topic: this.topic, spool_entries: this.spoolEntries })
    if (this.#spool !== null) this.#resender ??= new SpoolResender({ ...this.#options, spool: this.#spool, sender: this.#sender })
  }

  /** Before the producer. What is in the spool stays there. Any number of times. */
  async close(): Promise<void> {
    await this.#resender?.stop()
    this.#sender.close()
    await this.#spool?.close()
  }

  /** Resolves when the record is safe, all parts of it, or was let go, or the signal aborted before that. Never rejects. */
  send(record: DeadLetterRecord, key: Uint8Array | null, signal: AbortSignal): Promise<DeadLetterEnd> {
    const { sink_type, sink_name, partition, original_payloads: payloads } = record
    const about = { sink_type, sink_name, partition, payload_count: payloads.length }
    const { maxRetries = 3 } = this.#options
    return this.#send({ entry: entryOf(record, { topic: this.topic, key }), maxRetries, about }, signal)
  }

  async #send(letter: Letter, signal: AbortSignal): Promise<DeadLetterEnd> {
    if (!signal.aborted && this.#mustQueue() && (await this.#toSpool(letter, { signal }))) return 'spooled'
    const smaller = this.#refusedSize.covers(letter.entry.value.length) ? smallerEntries(letter.entry) : null
    if (smaller !== null) return this.#sendSmaller(letter, { smaller, signal })
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const outcome = await this.#sender.attempt(letter.entry, signal)
      if (outcome.status === 'sent') {
        this.#options.logger.info('dlq_message_sent', letter.about)
        return 'dead_lettered'
      }
      if (signal.aborted) return 'abandoned'
      this.#reportFailure(letter, { attempt, error: outcome.error })
      const end =
        outcome.status === 'refused' ? await this.#afterRefusal(letter, signal) : await this.#afterFailure(letter, { attempt, signal })
      if (end !== null) return end
      this.#blocked += 1
      await this.#options.clock.sleep(backoffDelayMs(deadLetterBackoff, attempt, this.#options.random()), signal)
      this.#blocked -= 1
    }
    return 'abandoned'
  }

  /** Behind what is in the spool already, so that the order is kept. */
  #mustQueue(): boolean {
    return this.#options.onFailure === 'spool' && this.#spool !== null && this.#spool.queued > 0
  }

  /** Null: to be tried again. */
  async #afterFailure(letter: Letter, { attempt, signal }: { attempt: number; signal: AbortSignal }): Promise<DeadLetterEnd | null> {
    if (attempt <= letter.maxRetries) return null
    if (this.#options.onFailure === 'drop') return 'dropped'
    return (await this.#toSpool(letter, { signal })) ? 'spooled' : null
  }

  /** Too large: in parts, then reduced; what is still too large is no better the next time. Null: to be tried again. */
  async #afterRefusal(letter: Letter, signal: AbortSignal): Promise<DeadLetterEnd | null> {
    this.#refusedSize.note(letter.entry.value.length)
    const smaller = smallerEntries(letter.entry)
    if (smaller !== null) return this.#sendSmaller(letter, { smaller, signal })
    if (this.#options.onFailure === 'drop') return 'dropped'
    return (await this.#toSpool(letter, { signal, isRefused: true })) ? 'spooled' : null
  }

  /** One after the other, so that one part at a time is in memory. */
  async #sendSmaller(letter: Letter, { smaller, signal }: { smaller: SmallerEntries; signal: AbortSignal }): Promise<DeadLetterEnd> {
    const about = smaller.count > 1 ? { ...letter.about, payload_count: 1 } : letter.about
    let least: DeadLetterEnd = 'dead_lettered'
    for (const entry of smaller.entries) {
      // One part was let go because nobody answers: the others do not wait as long each.
      const isHopeless = least === 'dropped' && !this.#sender.isConnected
      const end = await this.#send({ entry, about, maxRetries: isHopeless ? 0 : letter.maxRetries }, signal)
      least = byPromise.find((candidate) => candidate === end || candidate === least) ?? end
      if (end === 'abandoned') break
    }
    return least
  }

  /** False: there is no spool to be used, or it does not take anything. */
  async #toSpool(letter: Letter, { signal, isRefused = false }: { signal: AbortSignal; isRefused?: boolean }): Promise<boolean> {
    const spool = this.#spool
    const { logger, onFailure } = this.#options
    if (spool === null || onFailure !== 'spool') return false
    try {
      await abortable(isRefused ? spool.setAside(letter.entry) : spool.append(letter.entry), signal)
    } catch (error) {
      if (!signal.aborted) logger.critical('dlq_spool_failed', { ...letter.about, error, on_failure: 'block' })
      return false
    }
    this.#spooled += 1
    const fields = { ...letter.about, payload_bytes: letter.entry.value.length, spool_entries: spool.entries }
    if (isRefused) logger.critical('dlq_spool_refused', fields)
    else logger.warn('dlq_spooled', fields)
    return true
  }

  #reportFailure({ entry, about }: Letter, { attempt, error }: { readonly attempt: number; readonly error: unknown }): void {
    this.#options.logger.critical('dlq_send_failed', {
      topic: this.topic,
      ...about,
      payload_bytes: entry.value.length,
      attempt_count: attempt,
      error_type: LogError.isInstance(error) ? error.kind : 'unknown',
      error: redactText(errorMessage(error)),
      on_failure: this.#options.onFailure,
    })
  }
}
