/** One record of a dead-letter topic, read. Pure. */
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import { parseDeadLetter, type AnyDeadLetterRecord, type ParsedDeadLetter } from '../dlq/read-dead-letter.ts'

export interface DeadLetterEntry {
  readonly partition: number
  readonly offset: number
  /** When the log stored it, Unix milliseconds. */
  readonly storedAtMs: number
  /** As stored; null for a tombstone. */
  readonly value: Uint8Array | null
  readonly parsed: ParsedDeadLetter
}

/** An entry that is a dead letter of a version we know. */
export interface ReadableEntry extends DeadLetterEntry {
  readonly record: AnyDeadLetterRecord
}

export function readEntry({ partition, offset, timestamp, value }: LogRecord): DeadLetterEntry {
  return { partition, offset, storedAtMs: timestamp, value, parsed: parseDeadLetter(value) }
}

/** Null when the entry cannot be read. */
export function asReadable(entry: DeadLetterEntry): ReadableEntry | null {
  return entry.parsed.ok ? { ...entry, record: entry.parsed.record } : null
}

/** `PARTITION:OFFSET`, as every message about an entry spells it. */
export function entryPlace({ partition, offset }: Pick<DeadLetterEntry, 'partition' | 'offset'>): string {
  return `${partition}:${offset}`
}
