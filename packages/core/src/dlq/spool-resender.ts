/** Sends what is in the spool, in order, for as long as it takes (spec DLQ-15, DLQ-16). */
import { setMaxListeners } from 'node:events'
import { backoffDelayMs, type Clock, errorMessage, LogError, redactText } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../observability/logger.ts'
import { deadLetterBackoff } from '../pipeline/sinks/retry-delay.ts'
import { within } from '../runtime/within.ts'
import type { DeadLetterSender } from './dead-letter-sender.ts'
import { smallerEntries } from './smaller-entries.ts'
import type { DeadLetterSpool, SpoolBatch } from './spool/dead-letter-spool.ts'
import type { SpoolEntry } from './spool/spool-line.ts'

export interface SpoolResenderOptions {
  readonly spool: DeadLetterSpool
  readonly sender: DeadLetterSender
  readonly clock: Clock
  readonly logger: AppLogger
  readonly random: () => number
}

/** How long `stop` waits for an answer of the log: what is sent and not noted as sent is sent again. */
const stopGraceMs = 5000

export class SpoolResender {
  readonly #options: SpoolResenderOptions
  readonly #stopping = new AbortController()
  readonly #givenUp = new AbortController()
  readonly #ended: Promise<void>

  /** Starts at once. */
  constructor(options: SpoolResenderOptions) {
    this.#options = options
    // Every entry of a batch waits for it; each lets go of it again.
    setMaxListeners(0, this.#givenUp.signal)
    this.#ended = this.#run()
  }

  /** Any number of times. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await within(this.#ended, { clock: this.#options.clock, limitMs: stopGraceMs })
    this.#givenUp.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { spool, clock, random } = this.#options
    const { signal } = this.#stopping
    for (let failures = 0; !signal.aborted;) {
      await spool.filled(signal)
      if (signal.aborted) return
      failures = (await this.#resendNext(failures)) ? 0 : failures + 1
      if (failures > 0) await clock.sleep(backoffDelayMs(deadLetterBackoff, failures, random()), signal)
    }
  }

  /** False: the line does not move. */
  async #resendNext(failures: number): Promise<boolean> {
    const { spool, logger } = this.#options
    try {
      const batch = await spool.next()
      if (batch === null) return true
      const { handled, error } = await this.#send(batch)
      await spool.markSent(batch, handled)
      if (handled > 0) logger.info('dlq_spool_resent', { entries: handled, spool_entries: spool.entries })
      if (error === null || this.#givenUp.signal.aborted) return true
      this.#report(batch.entries[handled]?.entry, { error, attempts: failures + 1 })
      return false
    } catch (error) {
      logger.critical('dlq_spool_unusable', { error })
      return false
    }
  }

  /** How many entries from the first on are settled, and what stopped the next. */
  async #send({ entries }: SpoolBatch): Promise<{ readonly handled: number; readonly error: unknown }> {
    const { sender } = this.#options
    // Handed over in order and at once: the producer keeps the order, and answers for each.
    const outcomes = await Promise.all(entries.map(({ entry }) => sender.attempt(entry, this.#givenUp.signal)))
    let handled = 0
    for (const [index, outcome] of outcomes.entries()) {
      const entry = entries[index]?.entry
      const error = outcome.status === 'refused' && entry !== undefined ? await this.#sendSmaller(entry) : errorOf(outcome)
      if (error !== null) return { handled, error }
      handled += 1
    }
    return { handled, error: null }
  }

  /** An entry the log refuses for its size: in parts, then reduced, then out of the line. Resolves with what went wrong, or null. */
  async #sendSmaller(entry: SpoolEntry): Promise<unknown> {
    const smaller = smallerEntries(entry)
    if (smaller === null) return this.#setAside(entry)
    for (const part of smaller) {
      const outcome = await this.#options.sender.attempt(part, this.#givenUp.signal)
      const error = outcome.status === 'refused' ? await this.#sendSmaller(part) : errorOf(outcome)
      if (error !== null) return error
    }
    return null
  }

  async #setAside(entry: SpoolEntry): Promise<unknown> {
    const { spool, logger } = this.#options
    try {
      await spool.setAside(entry)
      logger.critical('dlq_spool_refused', { topic: entry.topic, payload_bytes: entry.value.length, spool_entries: spool.entries })
      return null
    } catch (error) {
      return error
    }
  }

  #report(entry: SpoolEntry | undefined, { error, attempts }: { readonly error: unknown; readonly attempts: number }): void {
    const { spool, logger } = this.#options
    logger.critical('dlq_send_failed', {
      topic: entry?.topic,
      payload_bytes: entry?.value.length,
      attempt_count: attempts,
      error_type: LogError.isInstance(error) ? error.kind : 'unknown',
      error: redactText(errorMessage(error)),
      on_failure: 'spool',
      spool_entries: spool.entries,
    })
  }
}

function errorOf(outcome: { readonly status: string; readonly error?: unknown }): unknown {
  return outcome.status === 'sent' ? null : outcome.error
}
