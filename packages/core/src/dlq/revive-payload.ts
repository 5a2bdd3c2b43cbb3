/** A payload back from its dead-letter record, as the value the handler returned (for `drakkar dlq replay --mode=sink`). Pure. */
import { errorMessage } from '@drakkar/plugin-sdk'
import { decodeValue } from './payload-value.ts'
import type { AnyDeadLetterRecord } from './read-dead-letter.ts'

export type RevivedPayload = { readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly reason: string }

/**
 * The payload at `index` of `original_payloads`: equal to the original, its classes reduced to plain objects. Of records written by py-drakkar
 * it is what their JSON text says. Not ok: the payload could not be written when it failed, or the record is broken.
 */
export function revivePayload(record: AnyDeadLetterRecord, index: number): RevivedPayload {
  const text = record.original_payloads[index]
  if (text === undefined) return { ok: false, reason: `there is no payload ${index}` }
  const value = record.schema_version === 2 ? (record.payload_values?.[index] ?? null) : null
  const why = record.schema_version === 2 ? (record.serialization_errors?.[index] ?? null) : null
  try {
    if (value !== null) return { ok: true, payload: decodeValue(value) }
    const payload: unknown = JSON.parse(text)
    if (why !== null && isNote(payload, why)) return { ok: false, reason: `it could not be written: ${why}` }
    return { ok: true, payload }
  } catch (error) {
    return { ok: false, reason: errorMessage(error) }
  }
}

/** What stands in `original_payloads` for a payload that JSON cannot hold (spec DLQ-6). */
function isNote(payload: unknown, why: string): boolean {
  return typeof payload === 'object' && payload !== null && 'serialization_error' in payload && payload.serialization_error === why
}
