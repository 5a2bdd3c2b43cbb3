/** Makes dead-letter records with the facts every one of them carries, and sends them. */
import { randomUUID } from 'node:crypto'
import { type Clock, DrakkarError, SinkError } from '@drakkar/plugin-sdk'
import type { SourceMessage } from '../model/message.ts'
import type { DeadLetterFacts, DeadLetterRecord } from './dead-letter.ts'
import type { DeadLetterEnd, DeadLetterLog } from './dead-letter-log.ts'
import { reasonOf } from './wire-text.ts'

export interface Failure {
  readonly error: unknown
  readonly attempts: number
  /** Partition the failure belongs to, also when no message is left to name it. */
  readonly place: { readonly topic: string; readonly partition: number }
  readonly messages: readonly SourceMessage[]
  readonly taskIds: readonly string[]
}

export class DeadLetters {
  readonly log: DeadLetterLog
  readonly #workerId: string
  readonly #clock: Clock

  constructor(options: { readonly log: DeadLetterLog; readonly workerId: string; readonly clock: Clock }) {
    this.log = options.log
    this.#workerId = options.workerId
    this.#clock = options.clock
  }

  /** Never throws, whatever the error is. */
  facts(failure: Failure): DeadLetterFacts {
    return {
      id: randomUUID(),
      workerId: this.#workerId,
      nowMs: this.#clock.now(),
      error: reasonOf(failure.error),
      ...classOf(failure.error),
      attempts: failure.attempts,
      topic: failure.place.topic,
      partition: failure.place.partition,
      messages: failure.messages,
      taskIds: failure.taskIds,
    }
  }

  /** The record's key is the source message's when there is exactly one (spec DLQ-8). Never rejects. */
  send(record: DeadLetterRecord, messages: readonly SourceMessage[], signal: AbortSignal): Promise<DeadLetterEnd> {
    const [only] = messages
    return this.log.send(record, messages.length === 1 && only !== undefined ? only.key : null, signal)
  }
}

function classOf(error: unknown): Pick<DeadLetterFacts, 'errorType' | 'transient'> {
  try {
    return { errorType: errorType(error), transient: SinkError.isInstance(error) && error.kind !== 'permanent' }
  } catch {
    // A revoked proxy, or a getter that throws: a handler may throw anything.
    return { errorType: typeof error, transient: false }
  }
}

function errorType(error: unknown): string {
  if (DrakkarError.isInstance(error)) return error.code
  // Anybody's class may give its name any type; the record's field is text.
  return error instanceof Error ? String(error.name) : typeof error
}
