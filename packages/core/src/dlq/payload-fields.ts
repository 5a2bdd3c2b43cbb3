/** What a dead-letter record says of each payload a sink did not take (spec DLQ-3, DLQ-5…7). Pure. */
import { inspect } from 'node:util'
import { jsonText, type WireForm } from '@drakkar/plugin-sdk'
import { encodeBytes, type EncodedBytes, type EncodedHeaders } from './encoded-bytes.ts'
import { encodeValue } from './payload-value.ts'
import { reasonOf, wireText } from './wire-text.ts'

/** One payload for the record. */
export interface DeadPayload {
  readonly id: string
  /** As the handler returned it. */
  readonly original: unknown
  /** `CollectResult` key of the list it was in, e.g. `kafka`, `files`, `custom`. */
  readonly list: string
  /** What the sink would have sent. May throw, and may give anything: it is a plugin's code. */
  encode(): WireForm
}

/** Wire format: parallel lists, one entry per payload. */
export interface PayloadFields {
  readonly original_payloads: readonly string[]
  readonly payload_ids: readonly string[]
  readonly payload_types: readonly string[]
  /** Exactly what the sink would have sent; null when the payload cannot be encoded, or in a reduced record. */
  readonly payload_bodies: readonly EncodedBytes[]
  readonly payload_keys: readonly EncodedBytes[]
  readonly payload_headers: readonly EncodedHeaders[]
  /** Base64 of `v8.serialize(payload)` where the text in `original_payloads` does not give the same value back, else null. */
  readonly payload_values: readonly (string | null)[]
  /** Why a payload could not be written as JSON, or could not be encoded; null for the others. Absent: all could. */
  readonly serialization_errors?: readonly (string | null)[]
}

/** As much of a value as people can read; nothing of the value's own code runs. */
const everything = { depth: 20, maxArrayLength: 10_000, maxStringLength: 128 * 1024, customInspect: false } as const

/** Never throws: a payload that cannot be written does not prevent the others. */
export function payloadFields(payloads: readonly DeadPayload[]): PayloadFields {
  const written = payloads.map((payload) => {
    const text = writtenText(payload.original)
    const wire = wireText(() => payload.encode())
    return { payload, text, wire, value: encodeValue(payload.original, text.error === null ? text.text : null) }
  })
  const errors = written.map(({ text, wire }) => text.error ?? wire.error)
  return {
    original_payloads: written.map(({ text }) => text.text),
    payload_ids: payloads.map(({ id }) => id),
    payload_types: payloads.map(({ list }) => list),
    payload_bodies: written.map(({ wire }) => wire.body),
    payload_keys: written.map(({ wire }) => wire.key),
    payload_headers: written.map(({ wire }) => wire.headers),
    payload_values: written.map(({ value }) => value),
    ...(errors.every((error) => error === null) ? {} : { serialization_errors: errors }),
  }
}

interface WrittenText {
  readonly text: string
  readonly error: string | null
}

/** The whole payload as JSON text; what JSON cannot hold becomes its string form with a note (spec DLQ-6). */
function writtenText(payload: unknown): WrittenText {
  try {
    return { text: jsonText(withEncodedBytes(payload)), error: null }
  } catch (error) {
    const why = reasonOf(error)
    return { text: JSON.stringify({ serialization_error: why, text: shown(payload) }), error: why }
  }
}

/** As people read it. A class name that throws when it is asked for leaves nothing to be shown. */
function shown(payload: unknown): string {
  try {
    return inspect(payload, everything)
  } catch (error) {
    return `cannot be shown: ${reasonOf(error)}`
  }
}

/** Byte arrays directly on the payload (a key, say) in their JSON form; deeper ones are the sink's own data. */
function withEncodedBytes(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload
  const entries = Object.entries(payload)
  if (!entries.some(([, value]) => value instanceof Uint8Array)) return payload
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Uint8Array ? encodeBytes(value) : value]))
}
