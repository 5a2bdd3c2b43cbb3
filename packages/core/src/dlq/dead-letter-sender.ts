/** One attempt at a time to store a dead letter: what the log says, and what that means. */
import { type CallOptions, type Clock, LogError } from '@drakkar/plugin-sdk'
import type { LogProducer } from '@drakkar/plugin-sdk/log'
import type { AppLogger } from '../observability/logger.ts'
import { abortable } from '../runtime/abortable.ts'
import type { SpoolEntry } from './spool/spool-line.ts'

/** `refused`: the log will not take this one for its size. `failed`: it takes nothing at the moment. */
export type SendOutcome = { readonly status: 'sent' } | { readonly status: 'refused' | 'failed'; readonly error: unknown }

/** How long the log may take to answer one attempt: what comes later finds the dead letter tried again, spooled or let go. */
const answerLimitMs = 60_000

export interface DeadLetterSenderOptions {
  readonly producer: LogProducer
  readonly clock: Clock
  readonly logger: AppLogger
}

export class DeadLetterSender {
  readonly #producer: LogProducer
  readonly #clock: Clock
  readonly #logger: AppLogger
  /** `unknown`: somebody else connects the producer. */
  #connection: 'unknown' | 'connected' | 'none' = 'unknown'
  #answers = true
  #sent = 0
  #failures = 0

  constructor({ producer, clock, logger }: DeadLetterSenderOptions) {
    this.#producer = producer
    this.#clock = clock
    this.#logger = logger
  }

  /** Records acknowledged by the log. */
  get sentCount(): number {
    return this.#sent
  }

  get failureCount(): number {
    return this.#failures
  }

  /** Connected, and the last attempt was answered, be it with a refusal. */
  get isConnected(): boolean {
    return this.#connection === 'connected' && this.#answers
  }

  async connect(call: CallOptions): Promise<void> {
    this.#connection = 'none'
    await this.#producer.connect(call)
    this.#connection = 'connected'
  }

  /** Nothing is sent from here on. */
  close(): void {
    this.#connection = 'none'
  }

  /**
   * Never rejects. An attempt that is not answered within a minute is a failure; the log may store it all the same. When the
   * signal aborts before that, it is a failure that is not counted.
   */
  async attempt(entry: SpoolEntry, signal: AbortSignal): Promise<SendOutcome> {
    try {
      if (this.#connection === 'none') throw this.#notConnected(entry)
      await abortable(this.#answered(this.#producer.send([entry])), signal)
    } catch (error) {
      const status = isTooLarge(error) ? 'refused' : 'failed'
      if (signal.aborted) return { status: 'failed', error }
      this.#answers = status === 'refused'
      this.#failures += 1
      return { status, error }
    }
    this.#answers = true
    this.#sent += 1
    return { status: 'sent' }
  }

  /** Rejects when the answer takes too long. */
  async #answered(answer: Promise<unknown>): Promise<void> {
    const isOver = new AbortController()
    const limit = this.#clock.sleep(answerLimitMs, isOver.signal).then(() => {
      throw new LogError({ kind: 'transient', message: `the dead-letter log gave no answer within ${answerLimitMs / 1000} s` })
    })
    try {
      await Promise.race([answer, limit])
    } finally {
      isOver.abort()
    }
  }

  #notConnected({ topic, value }: SpoolEntry): LogError {
    this.#logger.critical('dlq_send_skipped_not_connected', { topic, payload_bytes: value.length })
    return new LogError({ kind: 'transient', message: 'the dead-letter log is not connected' })
  }
}

function isTooLarge(error: unknown): boolean {
  return LogError.isInstance(error) && error.code === 'DRK_LOG_RECORD_TOO_LARGE'
}
