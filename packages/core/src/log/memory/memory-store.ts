/** What a memory log holds: topics, committed offsets, groups. Shared by all handles onto it. */
import type { LogRecord, OffsetRange, ProducedRecord, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { keyPartition } from '../key-partition.ts'
import { partitionMissing, topicMissing } from '../log-errors.ts'
import { MemoryGroup } from './memory-group.ts'

interface StoredPartition {
  /** Offset of the first record. */
  start: number
  records: LogRecord[]
}

export class MemoryStore {
  readonly #topics = new Map<string, StoredPartition[]>()
  readonly #committed = new Map<string, Map<number, number>>()
  readonly #groups = new Map<string, MemoryGroup>()
  readonly #appendListeners = new Set<() => void>()
  readonly #now: () => number
  #turn = 0

  constructor(now: () => number) {
    this.#now = now
  }

  createTopic(topic: string, partitions: number): void {
    if (this.#topics.has(topic)) return
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ start: 0, records: [] })),
    )
  }

  partitionCount(topic: string): number | null {
    return this.#topics.get(topic)?.length ?? null
  }

  /** Stores all or, when one of them has no place, none. Throws a `LogError`. */
  append(records: readonly ProduceRecord[]): ProducedRecord[] {
    const placed = records.map((record) => ({ record, partition: this.#place(record) }))
    const stored = placed.map(({ record, partition }) => this.#store(record, partition))
    if (stored.length > 0) for (const listener of [...this.#appendListeners]) listener()
    return stored
  }

  range(topic: string, partition: number): OffsetRange {
    const { start, records } = this.#partition(topic, partition)
    return { start, end: start + records.length }
  }

  ranges(topic: string): Map<number, OffsetRange> {
    const count = this.partitionCount(topic)
    if (count === null) throw topicMissing(topic)
    return new Map(Array.from({ length: count }, (_, partition) => [partition, this.range(topic, partition)]))
  }

  slice(topic: string, partition: number, from: { readonly offset: number; readonly limit: number }): LogRecord[] {
    const { start, records } = this.#partition(topic, partition)
    const first = Math.max(0, from.offset - start)
    return records.slice(first, first + from.limit)
  }

  deleteRecords(topic: string, partition: number, before: number): void {
    const stored = this.#partition(topic, partition)
    const gone = Math.min(Math.max(0, before - stored.start), stored.records.length)
    stored.start += gone
    stored.records = stored.records.slice(gone)
  }

  committed(group: string, topic: string): Map<number, number> {
    const key = groupKey(group, topic)
    const known = this.#committed.get(key)
    if (known !== undefined) return known
    const created = new Map<number, number>()
    this.#committed.set(key, created)
    return created
  }

  group(group: string, topic: string): MemoryGroup {
    const key = groupKey(group, topic)
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const committed = this.committed(group, topic)
    const created = new MemoryGroup({
      partitions: this.partitionCount(topic) ?? 0,
      committed: (partition) => committed.get(partition) ?? null,
    })
    this.#groups.set(key, created)
    return created
  }

  /** Calls `listener` after each append until the returned function is called. */
  onAppend(listener: () => void): () => void {
    this.#appendListeners.add(listener)
    return () => void this.#appendListeners.delete(listener)
  }

  #place(record: ProduceRecord): number {
    const count = this.partitionCount(record.topic)
    if (count === null) throw topicMissing(record.topic)
    const partition = record.partition ?? this.#choose(record.key ?? null, count)
    if (partition < 0 || partition >= count) throw partitionMissing(record.topic, partition)
    return partition
  }

  #choose(key: Uint8Array | null, count: number): number {
    if (key !== null) return keyPartition(key, count)
    this.#turn += 1
    return (this.#turn - 1) % count
  }

  #store(record: ProduceRecord, partition: number): ProducedRecord {
    const { topic, key = null, value, headers = [], timestamp = this.#now() } = record
    const stored = this.#partition(topic, partition)
    const offset = stored.start + stored.records.length
    stored.records.push({
      topic,
      partition,
      offset,
      key: copy(key),
      value: copy(value),
      headers: headers.map(([name, bytes]) => [name, Buffer.from(bytes)] as const),
      timestamp,
    })
    return { topic, partition, offset }
  }

  #partition(topic: string, partition: number): StoredPartition {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) throw topicMissing(topic)
    const stored = partitions[partition]
    if (stored === undefined) throw partitionMissing(topic, partition)
    return stored
  }
}

function copy(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : Buffer.from(bytes)
}

function groupKey(group: string, topic: string): string {
  return JSON.stringify([group, topic])
}
