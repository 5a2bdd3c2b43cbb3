/** Which dead letters a command is about. Pure. */
import type { AnyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { fulfils, type WhereCondition } from './where-condition.ts'

/** What is null or empty restricts nothing. */
export interface EntryFilter {
  /** Substring of one of the payloads, as they are stored (spec RPL-6). */
  readonly text: string | null
  /** Time of the failure, Unix milliseconds, inclusive. */
  readonly sinceMs: number | null
  /** Exclusive. */
  readonly untilMs: number | null
  readonly sinkType: string | null
  readonly sinkName: string | null
  /** All of them. */
  readonly where: readonly WhereCondition[]
}

export function isSelected(record: AnyDeadLetterRecord, filter: EntryFilter): boolean {
  const { text, sinceMs, untilMs, sinkType, sinkName, where } = filter
  const failedAtMs = record.timestamp * 1000
  return (
    (sinkType === null || record.sink_type === sinkType) &&
    (sinkName === null || record.sink_name === sinkName) &&
    (sinceMs === null || failedAtMs >= sinceMs) &&
    (untilMs === null || failedAtMs < untilMs) &&
    (text === null || record.original_payloads.some((payload) => payload.includes(text))) &&
    where.every((condition) => fulfils(record, condition))
  )
}
