/** Sends what is in the spool, in order, for as long as it takes (spec DLQ-15, DLQ-16). */
import { setMaxListeners } from 'node:events'
import { backoffDelayMs, type Clock, errorMessage, LogError, redactText } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../observability/logger.ts'
import { deadLetterBackoff } from '../pipeline/sinks/retry-delay.ts'
import { within } from '../runtime/within.ts'
import type { DeadLetterSender } from './dead-letter-sender.ts'
import { BatchSender } from './batch-sender.ts'
import type { DeadLetterSpool } from './spool/dead-letter-spool.ts'
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
  readonly #batches: BatchSender
  readonly #stopping = new AbortController()
  readonly #givenUp = new AbortController()
  readonly #ended: Promise<void>

  /** Starts at once. */
  constructor(options: SpoolResenderOptions) {
    this.#options = options
    // Every entry of a batch waits for it; each lets go of it again.
    setMaxListeners(0, this.#givenUp.signal)
    this.#batches = new BatchSender({ ...options, signal: this.#givenUp.signal })
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
      const { handled, error } = await this.#batches.send(batch, { isHeadFirst: failures > 0 })
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
