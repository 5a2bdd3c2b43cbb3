/** Dead letters on an embedded log, as workers of both generations write them. */
import { openLog, validateConfig } from '@drakkar/core'
import type { LogRecord, MessageLog, ProduceRecord } from '@drakkar/plugin-sdk/log'

export const binary = Buffer.from([0xff, 0x00, 0xfe])

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Schema 2. `id` is the offset of its source message, too. */
export function letter(id: number, change: Readonly<Record<string, unknown>> = {}): ProduceRecord {
  const encoded = { encoding: 'base64', data: Buffer.concat([binary, Buffer.from([id % 256])]).toString('base64') }
  const payload = { sink: 'main', data: { id, customer: `c${id % 3}` } }
  const record = {
    schema_version: 2,
    dlq_id: `letter-${id}`,
    original_payloads: [JSON.stringify(payload)],
    sink_name: 'main',
    sink_type: 'acme',
    error: id % 2 === 0 ? `row ${id} refused` : 'connection lost',
    error_type: 'DRK_SINK_DELIVERY_FAILED',
    transient: false,
    timestamp: 1_700_000_000 + id,
    partition: id % 2,
    attempt_count: 3,
    worker_id: 'w-1',
    task_ids: ['t-1'],
    source: {
      topic: 'events',
      partition: id % 2,
      offsets: [id],
      timestamps: [1_600_000_000_000 + id],
      keys: [encoded],
      values: [encoded],
      headers: [[['h', encoded]]],
    },
    ...change,
  }
  return { topic: 'events_dlq', partition: id % 2, value: Buffer.from(JSON.stringify(record)) }
}

/** Schema 1: py-drakkar's fields only. */
export function legacyLetter(text: string): ProduceRecord {
  const record = {
    original_payloads: [text],
    sink_name: 'main',
    sink_type: 'acme',
    error: 'old',
    timestamp: 1,
    partition: 0,
    attempt_count: 1,
  }
  return { topic: 'events_dlq', partition: 0, value: Buffer.from(JSON.stringify(record)) }
}

export function openEmbedded(path: string): Promise<MessageLog> {
  return openLog(validateConfig({ embedded: { path } }).config, { logger: silent, workerId: 'test' })
}

/** Creates the topics (two partitions each) and appends the records. */
export async function fill(path: string, topics: readonly string[], records: readonly ProduceRecord[]): Promise<void> {
  const log = await openEmbedded(path)
  const admin = log.admin()
  for (const topic of topics) await admin.createTopic(topic, 2)
  const producer = log.producer()
  await producer.connect({ signal: new AbortController().signal })
  if (records.length > 0) await producer.send(records)
  await log.close()
}

/** In order of partition, then offset. */
export async function recordsOf(path: string, topic: string): Promise<readonly LogRecord[]> {
  const log = await openEmbedded(path)
  const records: LogRecord[] = []
  for await (const record of log.read(topic, { signal: new AbortController().signal })) records.push(record)
  await log.close()
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
}
