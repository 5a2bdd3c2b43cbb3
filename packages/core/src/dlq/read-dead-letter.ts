/**
 * Reads what a dead-letter topic holds: records of this version, earlier ones of schema 2 (without the lists per payload),
 * and those of py-drakkar, which have seed 000's fields only. Pure.
 */
import { compileSchema, errorMessage } from '@drakkar/plugin-sdk'
import type { DeadLetterRecord } from './dead-letter.ts'
import { deadLetterSchema, legacyDeadLetterSchema } from './dead-letter-schema.ts'
import { utf8Text } from './encoded-bytes.ts'

/** A record written by py-drakkar, which names no version. */
export interface LegacyDeadLetterRecord {
  readonly schema_version: 1
  readonly original_payloads: readonly string[]
  readonly sink_name: string
  readonly sink_type: string
  readonly error: string
  /** Unix seconds. */
  readonly timestamp: number
  readonly partition: number
  readonly attempt_count: number
}

export type AnyDeadLetterRecord = DeadLetterRecord | LegacyDeadLetterRecord

export type ParsedDeadLetter =
  | { readonly ok: true; readonly record: AnyDeadLetterRecord }
  /** `not_json`: not even JSON text. `not_a_record`: JSON of something else, or of a version we do not know. */
  | { readonly ok: false; readonly problem: 'not_json' | 'not_a_record'; readonly reason: string }

const current = compileSchema(deadLetterSchema)
const legacy = compileSchema(legacyDeadLetterSchema)

/** Never throws. Fields we do not know are kept out of the types, not refused. `null`: the value of a tombstone. */
export function parseDeadLetter(value: Uint8Array | null): ParsedDeadLetter {
  const text = value === null ? null : utf8Text(value)
  if (text === null) return notJson(value === null ? 'there is no value' : 'the value is not UTF-8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return notJson(errorMessage(error))
  }
  return fromJson(json)
}

function fromJson(json: unknown): ParsedDeadLetter {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return notARecord('the value is not a JSON object')
  const version: unknown = Reflect.get(json, 'schema_version') ?? 1
  if (version === 1) {
    if (!legacy.check(json)) return notARecord(firstIssue(legacy.issues(json)))
    return { ok: true, record: { ...json, schema_version: 1 } }
  }
  if (version !== 2) return notARecord(`schema_version ${JSON.stringify(version)} is not known`)
  if (!current.check(json)) return notARecord(firstIssue(current.issues(json)))
  const uneven = unevenList(json)
  return uneven === null ? { ok: true, record: json } : notARecord(uneven)
}

/** Lists that belong together have the same length. */
function unevenList(record: DeadLetterRecord): string | null {
  const { source, original_payloads: payloads } = record
  const perPayload = [
    ['payload_ids', record.payload_ids],
    ['payload_types', record.payload_types],
    ['payload_bodies', record.payload_bodies],
    ['payload_keys', record.payload_keys],
    ['payload_headers', record.payload_headers],
    ['payload_values', record.payload_values],
    ['serialization_errors', record.serialization_errors],
  ] as const
  const payloadList = perPayload.find(([, list]) => list !== undefined && list.length !== payloads.length)
  if (payloadList !== undefined) return `${payloadList[0]}: one entry per payload (${payloads.length}) expected`
  const messages = source.offsets.length
  const values = record.reduced === true && source.values.length === 0 ? source.offsets : source.values
  const perMessage = [
    ['timestamps', source.timestamps],
    ['keys', source.keys],
    ['values', values],
    ['headers', source.headers],
  ] as const
  const messageList = perMessage.find(([, list]) => list.length !== messages)
  return messageList === undefined ? null : `source.${messageList[0]}: one entry per offset (${messages}) expected`
}

function firstIssue(issues: readonly { readonly path: string; readonly message: string }[]): string {
  const [issue] = issues
  return issue === undefined ? 'the value is no dead letter' : `${issue.path}: ${issue.message}`
}

function notJson(reason: string): ParsedDeadLetter {
  return { ok: false, problem: 'not_json', reason }
}

function notARecord(reason: string): ParsedDeadLetter {
  return { ok: false, problem: 'not_a_record', reason }
}
