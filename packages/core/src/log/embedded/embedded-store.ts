/** The questions and changes an embedded log puts to its file; the only place with SQL for topics, records and offsets. */
import type { CommitRequest, LogRecord, OffsetRange, ProducedRecord, ProduceRecord } from '@drakkar/plugin-sdk/log'
import type { Sqlite } from '../../runtime/sqlite/sqlite-client.ts'
import type { SqlRow, SqlValue } from '../../runtime/sqlite/sqlite-protocol.ts'
import { keyPartition } from '../key-partition.ts'
import { partitionMissing, topicMissing } from '../log-errors.ts'
import type { AppendQueue, PlacedRecord } from './append-queue.ts'
import { decodeHeaders, encodeHeaders } from './encode-headers.ts'

/** A topic as found in the file. Partitions never change and topics are never deleted, so it may be kept. */
export interface StoredTopic {
  readonly id: number
  readonly name: string
  readonly partitions: number
}

export interface FetchRange {
  readonly partition: number
  readonly offset: number
  readonly maxRecords: number
  /** The record with which this size is reached is the last one. */
  readonly maxBytes: number
}

export interface CommitInput {
  readonly group: string
  readonly topic: StoredTopic
  /** Of the consumer lock: commits are stored only while it is held. */
  readonly token: string
  readonly requests: readonly CommitRequest[]
}

const insertRecord = `INSERT INTO records (topic_id, partition, offset, timestamp, key, headers, value)
  SELECT topic_id, partition, end_offset, ?, ?, ?, ? FROM partitions WHERE topic_id = ? AND partition = ? RETURNING offset`

const upsertOffset = `INSERT INTO group_offsets (group_name, topic_id, partition, offset)
  SELECT ?, ?, ?, ? FROM consumer_lock WHERE token = ?
  ON CONFLICT (group_name, topic_id, partition) DO UPDATE SET offset = excluded.offset`

export class EmbeddedStore {
  readonly #sqlite: Sqlite
  readonly #queue: AppendQueue
  readonly #topics = new Map<string, StoredTopic>()
  #turn = 0
  #lastPlacing: Promise<void> = Promise.resolve()

  constructor(sqlite: Sqlite, queue: AppendQueue) {
    this.#sqlite = sqlite
    this.#queue = queue
  }

  async findTopic(name: string): Promise<StoredTopic | null> {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const sql = 'SELECT id, (SELECT count(*) FROM partitions WHERE topic_id = topics.id) AS partitions FROM topics WHERE name = ?'
    const [row] = await this.#sqlite.all(sql, [name])
    if (row === undefined) return null
    const topic = { id: numberOf(row, 'id'), name, partitions: numberOf(row, 'partitions') }
    this.#topics.set(name, topic)
    return topic
  }

  /** Rejects with `DRK_LOG_TOPIC_MISSING`. */
  async topic(name: string): Promise<StoredTopic> {
    const topic = await this.findTopic(name)
    if (topic === null) throw topicMissing(name)
    return topic
  }

  async createTopic(name: string, partitions: number): Promise<void> {
    await this.#sqlite.run(
      [
        { sql: 'INSERT INTO topics (name) VALUES (?) ON CONFLICT DO NOTHING', params: [name] },
        {
          sql: `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
            INSERT INTO partitions (topic_id, partition) SELECT topics.id, n FROM topics, numbers
            WHERE name = ? AND NOT EXISTS (SELECT 1 FROM partitions WHERE topic_id = topics.id)`,
          params: [partitions, name],
        },
      ],
      { durable: true },
    )
  }

  async ranges(topic: StoredTopic): Promise<Map<number, OffsetRange>> {
    const sql = 'SELECT partition, start_offset, end_offset FROM partitions WHERE topic_id = ? ORDER BY partition'
    const rows = await this.#sqlite.all(sql, [topic.id])
    return new Map(
      rows.map((row) => [numberOf(row, 'partition'), { start: numberOf(row, 'start_offset'), end: numberOf(row, 'end_offset') }]),
    )
  }

  async fetch(topic: StoredTopic, range: FetchRange): Promise<LogRecord[]> {
    const sql = `SELECT offset, timestamp, key, headers, value FROM records
      WHERE topic_id = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?`
    const rows = await this.#sqlite.all(sql, [topic.id, range.partition, range.offset, range.maxRecords], { maxBytes: range.maxBytes })
    return rows.map((row) => toRecord(row, topic.name, range.partition))
  }

  /** Stores all or none, in one transaction, after those of earlier calls. */
  async append(records: readonly ProduceRecord[]): Promise<readonly ProducedRecord[]> {
    const placing = this.#lastPlacing.then(() => this.#placeAll(records))
    // The next call waits for its turn only; the failure belongs to this call.
    this.#lastPlacing = placing.then(
      () => undefined,
      () => undefined,
    )
    return await placing.then((placed) => this.#queue.append(placed))
  }

  async committed(group: string, topic: StoredTopic): Promise<Map<number, number>> {
    const sql = 'SELECT partition, offset FROM group_offsets WHERE group_name = ? AND topic_id = ? ORDER BY partition'
    const rows = await this.#sqlite.all(sql, [group, topic.id])
    return new Map(rows.map((row) => [numberOf(row, 'partition'), numberOf(row, 'offset')]))
  }

  /**
   * False: the lock was not held, and nothing was stored. On disk before the answer: the write-ahead log is synced
   * in order, so whatever was appended before the commit outlives a power loss too, the dead letters in this file
   * included.
   */
  async commit({ group, topic, token, requests }: CommitInput): Promise<boolean> {
    const statements = requests.map(({ partition, offset }) => ({ sql: upsertOffset, params: [group, topic.id, partition, offset, token] }))
    const results = await this.#sqlite.run(statements, { durable: true })
    return results.every(({ changes }) => changes === 1)
  }

  async deleteRecords(topic: StoredTopic, partition: number, before: number): Promise<void> {
    if (partition < 0 || partition >= topic.partitions) throw partitionMissing(topic.name, partition)
    await this.#sqlite.run([
      {
        sql: 'UPDATE partitions SET start_offset = max(start_offset, min(?, end_offset)) WHERE topic_id = ? AND partition = ?',
        params: [before, topic.id, partition],
      },
      {
        sql: `DELETE FROM records WHERE topic_id = ? AND partition = ?
          AND offset < (SELECT start_offset FROM partitions WHERE topic_id = ? AND partition = ?)`,
        params: [topic.id, partition, topic.id, partition],
      },
    ])
  }

  async #placeAll(records: readonly ProduceRecord[]): Promise<PlacedRecord[]> {
    const topics = new Map<string, StoredTopic>()
    for (const name of new Set(records.map((record) => record.topic))) topics.set(name, await this.topic(name))
    return records.map((record) => this.#place(record, topics.get(record.topic)))
  }

  #place(record: ProduceRecord, topic: StoredTopic | undefined): PlacedRecord {
    if (topic === undefined) throw topicMissing(record.topic)
    const { key = null, value, headers = [], timestamp = Date.now() } = record
    const partition = record.partition ?? this.#choose(key, topic.partitions)
    if (partition < 0 || partition >= topic.partitions) throw partitionMissing(topic.name, partition)
    const params: SqlValue[] = [timestamp, key, encodeHeaders(headers), value, topic.id, partition]
    return { topic: topic.name, partition, statement: { sql: insertRecord, params } }
  }

  #choose(key: Uint8Array | null, partitions: number): number {
    if (key !== null) return keyPartition(key, partitions)
    this.#turn += 1
    return (this.#turn - 1) % partitions
  }
}

function toRecord(row: SqlRow, topic: string, partition: number): LogRecord {
  return {
    topic,
    partition,
    offset: numberOf(row, 'offset'),
    key: bytesOf(row, 'key'),
    value: bytesOf(row, 'value'),
    headers: decodeHeaders(bytesOf(row, 'headers')),
    timestamp: numberOf(row, 'timestamp'),
  }
}

function numberOf(row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new TypeError(`column ${column} is not a number`)
  return value
}

function bytesOf(row: SqlRow, column: string): Buffer | null {
  const value = row[column]
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : null
}
