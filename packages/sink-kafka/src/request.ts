/** Payloads to records. Pure. */
import { failure, jsonText, SinkError, type DeliveryItem, type SinkResponse, type TraceContext, type WireForm } from '@drakkar/plugin-sdk'
import { classifyKafkaError } from './classify-error.ts'
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
  const { key, value, headers: own } = recordContent(item.payload)
  const trace = Object.hasOwn(own, 'traceparent') ? undefined : options.trace(item.id)
  const headers = trace === undefined ? own : { ...traceHeaders(trace), ...own }
  const message = { key, value, headers, timestamp: String(timestamp ?? options.nowMs) }
  return {
    id: item.id,
    index,
    topic: topic ?? options.topic,
    message: partition === undefined ? message : { ...message, partition },
  }
}

/** What the payload itself gives its record. Throws a permanent `SinkError` for data without JSON text. */
function recordContent({ key, data, headers }: KafkaPayload): Pick<RecordMessage, 'key' | 'value' | 'headers'> {
  return { key: keyBytes(key), value: Buffer.from(jsonText(data), 'utf8'), headers: headers === undefined ? {} : headerBytes(headers) }
}

function headerBytes(headers: NonNullable<KafkaPayload['headers']>): RecordMessage['headers'] {
  const entries = Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.map(asBuffer) : asBuffer(value)])
  return Object.fromEntries(entries)
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
  if (key !== undefined && key !== null) return `${topic ?? configuredTopic}\0key ${keyText(key)}`
  return partition === undefined ? null : `${topic ?? configuredTopic}\0partition ${partition}`
}

/** A character for each byte, so that a key as text and as bytes is the same one. */
function keyText(key: string | Uint8Array): string {
  return typeof key === 'string' && /^[ -~]*$/.test(key) ? key : asBuffer(key).toString('latin1')
}

function keyBytes(key: KafkaPayload['key']): Buffer | null {
  return key === undefined || key === null ? null : asBuffer(key)
}

/** The same bytes, not a copy: `Buffer.from(uint8Array)` would make one. */
function asBuffer(value: string | Uint8Array): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

function traceHeaders(trace: TraceContext): Record<string, HeaderValue> {
  return { traceparent: trace.traceparent, ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }) }
}
