/** Payloads to records, and records to requests. Pure. */
import { failure, jsonText, SinkError, type DeliveryItem, type SinkResponse, type TraceContext, type WireForm } from '@drakkar/plugin-sdk'
import { classifyKafkaError, type FailureScope } from './classify-error.ts'
import type { KafkaPayload } from './payload.ts'

export type HeaderValue = Buffer | string

/** The part of a record the client sends. The object itself identifies the record over retries of the client. */
export interface RecordMessage {
  readonly key: Buffer | null
  readonly value: Buffer
  readonly headers: Record<string, HeaderValue | HeaderValue[]>
  readonly timestamp: string
  readonly partition?: number
}

export interface OutgoingRecord {
  /** Of the payload. */
  readonly id: string
  /** Place in the batch, for error texts (spec KFS-3). */
  readonly index: number
  readonly topic: string
  readonly message: RecordMessage
}

export interface RecordOptions {
  readonly topic: string
  readonly allowTopicOverride: boolean
  /** Timestamp of records without one. Always set: kafkajs mixes up batches in which only some records have one. */
  readonly nowMs: number
  readonly trace: (id: string) => TraceContext | undefined
}

/** The records of a batch in its order, and the answers for payloads of which no record can be made. */
export function toRecords(
  batch: readonly DeliveryItem<KafkaPayload>[],
  options: RecordOptions,
): { readonly records: readonly OutgoingRecord[]; readonly refused: readonly SinkResponse[] } {
  const records: OutgoingRecord[] = []
  const refused: SinkResponse[] = []
  for (const [index, item] of batch.entries()) {
    try {
      records.push(toRecord(item, index, options))
    } catch (error) {
      refused.push(failure(item.id, classifyKafkaError(error).error))
    }
  }
  return { records, refused }
}

/** Throws a permanent `SinkError` for a payload without JSON text and for a topic that may not be named. */
export function toRecord(item: DeliveryItem<KafkaPayload>, index: number, options: RecordOptions): OutgoingRecord {
  const { partition, timestamp, topic } = item.payload
  if (topic !== undefined && topic !== options.topic && !options.allowTopicOverride) {
    throw new SinkError({
      kind: 'permanent',
      code: 'DRK_SINK_PAYLOAD_INVALID',
      message: `Payload ${index} names the topic ${JSON.stringify(topic)}, but allow_topic_override is not set`,
    })
  }
  const content = recordContent(item.payload)
  const hasOwnTrace = Object.hasOwn(content.headers, 'traceparent')
  return {
    id: item.id,
    index,
    topic: topic ?? options.topic,
    message: {
      ...content,
      headers: { ...(hasOwnTrace ? {} : traceHeaders(options.trace(item.id))), ...content.headers },
      timestamp: String(timestamp ?? options.nowMs),
      ...(partition === undefined ? {} : { partition }),
    },
  }
}

/** What the payload itself gives its record. Throws a permanent `SinkError` for data without JSON text. */
function recordContent({ key, data, headers = {} }: KafkaPayload): Pick<RecordMessage, 'key' | 'value' | 'headers'> {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.map(asBuffer) : asBuffer(value)])
  return { key: keyBytes(key), value: Buffer.from(jsonText(data), 'utf8'), headers: Object.fromEntries(entries) }
}

/**
 * Value, key and headers of the record; a header that is repeated has an entry for each value. Without what only a delivery
 * knows: trace headers and timestamp. Throws a permanent `SinkError` for data without JSON text.
 */
export function encodeRecord(payload: KafkaPayload): WireForm {
  const { key, value, headers } = recordContent(payload)
  const entries = Object.entries(headers).flatMap(([name, given]) => [given].flat().map((one) => [name, Buffer.from(one)] as const))
  return { body: value, key, headers: entries }
}

/**
 * Records with one key, or for one partition, keep their order within a topic. Null: the partition is chosen in turn, and
 * nothing is promised.
 */
export function recordOrderingKey({ key, partition, topic }: KafkaPayload, configuredTopic: string): string | null {
  const bytes = keyBytes(key)
  if (bytes !== null) return `${topic ?? configuredTopic}\0key ${bytes.toString('latin1')}`
  return partition === undefined ? null : `${topic ?? configuredTopic}\0partition ${partition}`
}

function keyBytes(key: KafkaPayload['key']): Buffer | null {
  return key === undefined || key === null ? null : asBuffer(key)
}

/** The same bytes, not a copy: `Buffer.from(uint8Array)` would make one. */
function asBuffer(value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

function traceHeaders(trace: TraceContext | undefined): Record<string, HeaderValue> {
  if (trace === undefined) return {}
  return { traceparent: trace.traceparent, ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }) }
}

/** Room for lengths, deltas and attributes of a record, more than Kafka's format ever needs. */
const recordOverheadBytes = 64

/** Upper bound of what a record takes in a request before compression. */
export function recordBytes({ message }: OutgoingRecord): number {
  const headers = Object.entries(message.headers).flatMap(([name, value]) =>
    [value].flat().map((one) => name.length * 3 + byteLength(one) + 16),
  )
  return headers.reduce((sum, bytes) => sum + bytes, recordOverheadBytes + (message.key?.byteLength ?? 0) + message.value.byteLength)
}

function byteLength(value: HeaderValue): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength
}

/**
 * The records in order, cut into requests of at most `maxBytes`. A larger record goes alone, so that the broker's refusal of
 * it concerns nothing else.
 */
export function cutRequests(records: readonly OutgoingRecord[], maxBytes: number): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = []
  let current: OutgoingRecord[] = []
  let currentBytes = 0
  for (const record of records) {
    const bytes = recordBytes(record)
    if (current.length > 0 && currentBytes + bytes > maxBytes) {
      requests.push(current)
      current = []
      currentBytes = 0
    }
    current.push(record)
    currentBytes += bytes
  }
  return current.length > 0 ? [...requests, current] : requests
}

/** Smaller requests that tell which records a refusal is about, or none when it concerns all of them alike. */
export function narrow(request: readonly OutgoingRecord[], scope: FailureScope): OutgoingRecord[][] {
  if (scope === 'all' || request.length < 2) return []
  const byTopic = new Map<string, OutgoingRecord[]>()
  for (const record of request) byTopic.set(record.topic, [...(byTopic.get(record.topic) ?? []), record])
  if (byTopic.size > 1) return [...byTopic.values()]
  if (scope === 'topic') return []
  const middle = Math.ceil(request.length / 2)
  return [request.slice(0, middle), request.slice(middle)]
}
