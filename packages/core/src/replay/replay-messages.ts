/** A dead letter as the messages a replay publishes, by mode (spec RPL-5, RPL-15, RPL-16). Pure. */
import { errorMessage } from '@drakkar/plugin-sdk'
import type { ProduceRecord, RecordHeader } from '@drakkar/plugin-sdk/log'
import type { DeadLetterRecord } from '../dlq/dead-letter.ts'
import { decodeBytes, type EncodedHeaders } from '../dlq/encoded-bytes.ts'
import type { AnyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { revivePayload } from '../dlq/revive-payload.ts'
import { memberText } from './member-text.ts'

/** `payload`: the payload's JSON text verbatim. `data`: its member `data` alone. `source`: the original source messages. */
export type LogReplayMode = 'payload' | 'data' | 'source'

export interface MessageOptions {
  readonly mode: LogReplayMode
  readonly topic: string
  /** To the partition the source message came from; else the log chooses by the key. */
  readonly preservePartition: boolean
}

export type ReplayMessages =
  | { readonly ok: true; readonly messages: readonly ProduceRecord[] }
  /** This mode cannot replay the entry, however often it is tried. */
  | { readonly ok: false; readonly reason: string }

/** All messages of the entry, or none of them. */
export function replayMessages(record: AnyDeadLetterRecord, { mode, topic, preservePartition }: MessageOptions): ReplayMessages {
  const place = { topic, ...(preservePartition ? { partition: record.partition } : {}) }
  if (mode === 'source') return sourceMessages(record, place)
  if (record.original_payloads.length === 0) return refused('it holds no payload')
  const messages: ProduceRecord[] = []
  for (const [index, payload] of record.original_payloads.entries()) {
    const value = mode === 'payload' ? { ok: true as const, value: Buffer.from(payload) } : dataOf(record, index)
    if (!value.ok) return refused(`payload ${index + 1} of ${record.original_payloads.length}: ${value.reason}`)
    messages.push({ ...place, ...envelope(record, index), value: value.value })
  }
  return { ok: true, messages }
}

type Place = Pick<ProduceRecord, 'topic' | 'partition'>

function sourceMessages(record: AnyDeadLetterRecord, place: Place): ReplayMessages {
  if (record.schema_version === 1) return refused('its schema 1 does not hold the source message; try --mode=payload')
  const { source } = record
  if (source.offsets.length === 0) return refused('it names no source message')
  if (source.values.length === 0) return refused('the log had refused it for its size, so that the source message was left out')
  const messages = source.values.map((value, index): ProduceRecord => {
    const timestamp = source.timestamps[index] ?? -1
    return { ...place, ...sourceEnvelope(record, index), value: decodeBytes(value), ...(timestamp >= 0 ? { timestamp } : {}) }
  })
  return { ok: true, messages }
}

type Envelope = Pick<ProduceRecord, 'key' | 'headers'>

/** Sinks whose keys and headers are those of a message. What another sink sends along, e.g. HTTP headers, is nothing for a topic. */
const logSinkTypes: ReadonlySet<string> = new Set(['kafka'])

/**
 * Key and headers of the message for a payload: what a sink of a log would have sent with it, else those of the source message it
 * came from, if there is exactly one. Schema 1 knows neither.
 */
function envelope(record: AnyDeadLetterRecord, index: number): Envelope {
  if (record.schema_version === 1) return { key: null, headers: [] }
  const source = sourceOf(record, index)
  const isLog = logSinkTypes.has(record.sink_type)
  const key = isLog ? decodeBytes(record.payload_keys?.[index] ?? null) : null
  const headers = isLog ? decodeHeaders(record.payload_headers?.[index] ?? []) : []
  const inherited = source === null ? { key: null, headers: [] } : sourceEnvelope(record, source)
  return { key: key ?? inherited.key ?? null, headers: headers.length > 0 ? headers : (inherited.headers ?? []) }
}

/** Where the handler failed, payloads are the source messages one by one. */
function sourceOf(record: DeadLetterRecord, index: number): number | null {
  const count = record.source.offsets.length
  if (record.sink_type === 'handler' && count === record.original_payloads.length) return index
  return count === 1 ? 0 : null
}

function sourceEnvelope({ source }: DeadLetterRecord, index: number): Envelope {
  return { key: decodeBytes(source.keys[index] ?? null), headers: decodeHeaders(source.headers[index] ?? []) }
}

function decodeHeaders(headers: EncodedHeaders): readonly RecordHeader[] {
  return headers.map(([name, value]) => [name, decodeBytes(value) ?? Buffer.alloc(0)])
}

type DataValue = { readonly ok: true; readonly value: Uint8Array } | { readonly ok: false; readonly reason: string }

/** JSON as it was written; bytes as they were. */
function dataOf(record: AnyDeadLetterRecord, index: number): DataValue {
  const revived = revivePayload(record, index)
  if (revived.ok && hasBytes(revived.payload)) return { ok: true, value: revived.payload.data }
  const json = record.original_payloads[index] ?? ''
  try {
    const payload: unknown = JSON.parse(json)
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return refused('it is not a JSON object')
  } catch (error) {
    return refused(`it is not JSON: ${errorMessage(error)}`)
  }
  const data = memberText(json, 'data')
  return data === null ? refused('it has no member "data"') : { ok: true, value: Buffer.from(data) }
}

function hasBytes(payload: unknown): payload is { readonly data: Uint8Array } {
  return typeof payload === 'object' && payload !== null && 'data' in payload && payload.data instanceof Uint8Array
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
