/** Between kafkajs's messages and records of the port. */
import type { LogRecord, ProduceRecord, RecordHeader } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'
import type { IHeaders, Message } from 'kafkajs'

import type { FetchedMessage } from './cluster-types.ts'

/** Throws a permanent `LogError` for an offset a JavaScript number cannot hold. */
export function parseOffset(text: string | number): number {
  const offset = Number(text)
  if (!Number.isSafeInteger(offset)) throw new LogError({ kind: 'permanent', message: `offset ${text} is too large for a number` })
  return offset
}

/**
 * Records with bytes of their own: all of them share one buffer of exactly the size needed. kafkajs's messages are
 * slices of the whole fetch response, and one kept record would keep a megabyte.
 */
export function copyRecords(topic: string, partition: number, messages: readonly FetchedMessage[]): readonly LogRecord[] {
  const headers = messages.map((message) => headerList(message.headers))
  const size = messages.reduce((sum, message, index) => sum + byteSize(message, headers[index] ?? []), 0)
  const copies = new CopyTarget(size)
  return messages.map((message, index) => ({
    topic,
    partition,
    offset: parseOffset(message.offset),
    key: copies.takeOrNull(message.key),
    value: copies.takeOrNull(message.value),
    headers: (headers[index] ?? []).map(([name, value]) => [name, copies.take(value)] as const),
    timestamp: Number(message.timestamp),
  }))
}

/**
 * Headers in the order of the log, except that kafkajs gathers those of one name at the place of the first, and puts
 * names that look like an integer first. A null value becomes empty.
 */
export function headerList(headers: IHeaders | undefined): readonly RecordHeader[] {
  if (headers === undefined) return []
  return Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value): RecordHeader => [name, toBytes(value)]),
  )
}

/** The partition is chosen before, so that kafkajs's partitioner has nothing to decide. */
export function toMessage(record: ProduceRecord, partition: number): Message {
  return {
    partition,
    key: record.key === undefined || record.key === null ? null : asBuffer(record.key),
    value: record.value === null ? null : asBuffer(record.value),
    headers: headerObject(record.headers ?? []),
    timestamp: String(record.timestamp ?? Date.now()),
  }
}

function headerObject(headers: readonly RecordHeader[]): IHeaders {
  const values = new Map<string, Buffer[]>()
  for (const [name, value] of headers) values.set(name, [...(values.get(name) ?? []), asBuffer(value)])
  return Object.fromEntries(values)
}

function byteSize(message: FetchedMessage, headers: readonly RecordHeader[]): number {
  return (message.key?.length ?? 0) + (message.value?.length ?? 0) + headers.reduce((sum, [, value]) => sum + value.length, 0)
}

function toBytes(value: Buffer | string | undefined | null): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array(0)
  return typeof value === 'string' ? Buffer.from(value) : value
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

class CopyTarget {
  readonly #buffer: Buffer
  #used = 0

  constructor(size: number) {
    // Not from Node's shared pool: that would tie unrelated records together.
    this.#buffer = Buffer.allocUnsafeSlow(size)
  }

  take(bytes: Uint8Array): Buffer {
    const start = this.#used
    this.#used += bytes.length
    this.#buffer.set(bytes, start)
    return this.#buffer.subarray(start, this.#used)
  }

  takeOrNull(bytes: Uint8Array | null): Buffer | null {
    return bytes === null ? null : this.take(bytes)
  }
}
