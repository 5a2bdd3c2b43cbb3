/**
 * Sends the head of the spool's line: side by side, but one after the other where the key is the same, since Kafka keeps an order
 * for no other records. What went through behind an entry that did not is remembered, and not sent again.
 */
import { errorMessage, LogError, redactText } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../observability/logger.ts'
import type { DeadLetterSender, SendOutcome } from './dead-letter-sender.ts'
import { smallerEntries } from './smaller-entries.ts'
import type { DeadLetterSpool, SpoolBatch } from './spool/dead-letter-spool.ts'
import type { SpoolFile, StoredEntry } from './spool/spool-file.ts'
import type { SpoolEntry } from './spool/spool-line.ts'
import { Turns } from './spool/turns.ts'

export interface BatchSenderOptions {
  readonly spool: Pick<DeadLetterSpool, 'setAside' | 'entries'>
  readonly sender: DeadLetterSender
  readonly logger: AppLogger
  /** Ends attempts that are under way. */
  readonly signal: AbortSignal
}

/** Entries of one file by position, as far as they are not noted as sent in it: never more than a batch of them. */
interface Progress {
  readonly settled: Set<number>
  /** Of an entry sent in parts: how many parts are settled. */
  readonly parts: Map<number, number>
}

/** How many entries from the first on are settled, and what stopped the next; null: nothing did. */
export interface BatchEnd {
  readonly handled: number
  readonly error: unknown
}

export class BatchSender {
  readonly #options: BatchSenderOptions
  readonly #progress = new WeakMap<SpoolFile, Progress>()
  /** Too large an entry is taken apart while no other is. */
  readonly #shrinking = new Turns()

  constructor(options: BatchSenderOptions) {
    this.#options = options
  }

  /** Never rejects. `isHeadFirst`: the others go when the first has, or is refused for good. */
  async send({ file, entries }: SpoolBatch, { isHeadFirst }: { readonly isHeadFirst: boolean }): Promise<BatchEnd> {
    const progress = this.#progressOf(file, entries)
    const { sender } = this.#options
    const sentBefore = sender.sentCount
    const errors = await this.#sendLines(entries, { progress, isHeadFirst })
    // Refused while others are taken: it is the entry. When none is taken it is the topic, and everything waits for that.
    if (sender.sentCount > sentBefore) await this.#setAsideRefused(entries, { progress, errors })
    const stop = entries.findIndex(({ end }) => !progress.settled.has(end))
    return stop === -1 ? { handled: entries.length, error: null } : { handled: stop, error: errors[stop] }
  }

  #progressOf(file: SpoolFile, [first]: readonly StoredEntry[]): Progress {
    const known = this.#progress.get(file) ?? { settled: new Set(), parts: new Map() }
    this.#progress.set(file, known)
    for (const ends of [known.settled, known.parts]) {
      for (const end of ends.keys()) if (first !== undefined && end < first.end) ends.delete(end)
    }
    return known
  }

  /** One error or null per entry. */
  async #sendLines(
    entries: readonly StoredEntry[],
    { progress, isHeadFirst }: { readonly progress: Progress; readonly isHeadFirst: boolean },
  ): Promise<readonly unknown[]> {
    const lines = new Map<string, Promise<unknown>>()
    const [head] = entries
    const headError = isHeadFirst && head !== undefined ? await this.#settle(head, progress) : null
    if (stops(headError)) return [headError]
    return Promise.all(
      entries.map((stored) => {
        if (stored === head && isHeadFirst) return headError
        const { key } = stored.entry
        const line = key === null ? `at ${stored.end}` : `key ${Buffer.from(key).toString('base64')}`
        const before = lines.get(line) ?? Promise.resolve(null)
        const sent = before.then((error) => (stops(error) ? error : this.#settle(stored, progress)))
        lines.set(line, sent)
        return sent
      }),
    )
  }

  /** Resolves with what went wrong, or null. */
  async #settle({ entry, end }: StoredEntry, progress: Progress): Promise<unknown> {
    if (progress.settled.has(end)) return null
    const outcome = await this.#attempt(entry)
    const error =
      outcome.status === 'refused'
        ? await this.#shrinking.take(() => this.#sendSmaller(entry, { why: outcome.error, partsDone: partsDone(progress, end) }))
        : errorOf(outcome)
    if (error === null) {
      progress.settled.add(end)
      progress.parts.delete(end)
    }
    return error
  }

  #attempt(entry: SpoolEntry): Promise<SendOutcome> {
    return this.#options.sender.attempt(entry, this.#options.signal)
  }

  /** An entry the log refuses for its size: in parts, then reduced, then out of the line. Resolves with what went wrong, or null. */
  async #sendSmaller(entry: SpoolEntry, { why, partsDone }: { readonly why: unknown; readonly partsDone: Counter }): Promise<unknown> {
    const smaller = smallerEntries(entry)
    if (smaller === null) return this.#setAside(entry, why)
    let number = 0
    for (const part of smaller.entries) {
      number += 1
      if (number <= partsDone.get()) continue
      const outcome = await this.#attempt(part)
      const error =
        outcome.status === 'refused' ? await this.#sendSmaller(part, { why: outcome.error, partsDone: noParts }) : errorOf(outcome)
      if (error !== null) return error
      partsDone.set(number)
    }
    return null
  }

  async #setAsideRefused(
    entries: readonly StoredEntry[],
    { progress, errors }: { readonly progress: Progress; readonly errors: readonly unknown[] },
  ): Promise<void> {
    for (const [index, { entry, end }] of entries.entries()) {
      const error = errors[index]
      if (isForGood(error) && (await this.#setAside(entry, error)) === null) progress.settled.add(end)
    }
  }

  /** Resolves with what went wrong, or null. */
  async #setAside(entry: SpoolEntry, why: unknown): Promise<unknown> {
    const { spool, logger } = this.#options
    try {
      await spool.setAside(entry)
    } catch (error) {
      return error
    }
    logger.critical('dlq_spool_refused', {
      topic: entry.topic,
      payload_bytes: entry.value.length,
      error: redactText(errorMessage(why)),
      spool_entries: spool.entries,
    })
    return null
  }
}

interface Counter {
  get(): number
  set(count: number): void
}

/** Of a part, which is not taken apart again. */
const noParts: Counter = { get: () => 0, set: () => undefined }

function partsDone({ parts }: Progress, end: number): Counter {
  return { get: () => parts.get(end) ?? 0, set: (count) => void parts.set(end, count) }
}

/** What comes behind must wait. */
function stops(error: unknown): boolean {
  return error !== null && !isForGood(error)
}

/** The log will say the same the next time, of this entry or of all. */
function isForGood(error: unknown): boolean {
  return LogError.isInstance(error) && error.kind === 'permanent'
}

function errorOf(outcome: SendOutcome): unknown {
  return outcome.status === 'sent' ? null : outcome.error
}
