/** What to send instead of a dead letter that is too large for the log (spec DLQ-12). Pure. */
import type { DeadLetterRecord } from './dead-letter.ts'
import { parseDeadLetter } from './read-dead-letter.ts'
import { reducedRecord, splitRecord } from './shrink-dead-letter.ts'
import type { SpoolEntry } from './spool/spool-line.ts'

export function entryOf(record: DeadLetterRecord, place: { readonly topic: string; readonly key: Uint8Array | null }): SpoolEntry {
  return { ...place, value: Buffer.from(JSON.stringify(record)) }
}

/** One entry per payload, then without what can be had elsewhere. Null: it does not get any smaller. */
export function smallerEntries(entry: SpoolEntry): readonly SpoolEntry[] | null {
  const parsed = parseDeadLetter(entry.value)
  if (!parsed.ok || parsed.record.schema_version !== 2) return null
  const { record } = parsed
  const smaller = splitRecord(record) ?? (record.reduced === true ? null : [reducedRecord(record)])
  return smaller?.map((part) => entryOf(part, entry)) ?? null
}
