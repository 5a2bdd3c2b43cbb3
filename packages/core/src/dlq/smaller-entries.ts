/** What to send instead of a dead letter that is too large for the log (spec DLQ-12). Pure. */
import type { DeadLetterRecord } from './dead-letter.ts'
import { parseDeadLetter } from './read-dead-letter.ts'
import { isReduced, reducedRecord, splitRecord } from './shrink-dead-letter.ts'
import type { SpoolEntry } from './spool/spool-line.ts'

/** Made one by one as they are asked for, so that one at a time is in memory. */
export interface SmallerEntries {
  /** More than one: parts, a payload each. */
  readonly count: number
  readonly entries: Iterable<SpoolEntry>
}

export function entryOf(record: DeadLetterRecord, place: { readonly topic: string; readonly key: Uint8Array | null }): SpoolEntry {
  return { ...place, value: Buffer.from(JSON.stringify(record)) }
}

/** One entry per payload, then without what can be had elsewhere. Null: it does not get any smaller. */
export function smallerEntries(entry: SpoolEntry): SmallerEntries | null {
  const parsed = parseDeadLetter(entry.value)
  if (!parsed.ok || parsed.record.schema_version !== 2) return null
  const { record } = parsed
  const parts = splitRecord(record)
  if (parts !== null) return { count: record.original_payloads.length, entries: entriesOf(parts, entry) }
  return isReduced(record) ? null : { count: 1, entries: entriesOf([reducedRecord(record)], entry) }
}

function* entriesOf(records: Iterable<DeadLetterRecord>, { topic, key }: SpoolEntry): Generator<SpoolEntry> {
  for (const record of records) yield entryOf(record, { topic, key })
}
