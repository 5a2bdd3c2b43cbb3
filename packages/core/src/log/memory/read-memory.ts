/** Reading a memory log without a group. */
import type { LogRecord, ReadOptions } from '@drakkar/plugin-sdk/log'
import { createDeferred } from '../../runtime/deferred.ts'
import { partitionMissing } from '../log-errors.ts'
import type { MemoryStore } from './memory-store.ts'

export interface MemoryRead {
  readonly store: MemoryStore
  readonly topic: string
  readonly options: ReadOptions
  /** Aborts when the log is closed. */
  readonly closed: AbortSignal
}

export async function* readMemory(read: MemoryRead): AsyncGenerator<LogRecord, void, undefined> {
  const { store, topic, options } = read
  const signal = AbortSignal.any([options.signal, read.closed])
  const positions = startPositions(read)
  const ends = options.follow === true ? null : new Map([...store.ranges(topic)].map(([partition, { end }]) => [partition, end]))
  const limit = (partition: number): number => ends?.get(partition) ?? Infinity
  while (!signal.aborted) {
    const record = nextRecord(read, positions, limit)
    if (record !== undefined) yield record
    else if (ends !== null) return
    else await nextAppend(store, signal)
  }
}

function startPositions({ store, topic, options }: MemoryRead): Map<number, number> {
  const ranges = store.ranges(topic)
  const { from = 'beginning' } = options
  const partitions = options.partitions ?? [...ranges.keys()]
  return new Map(
    partitions.map((partition) => {
      const range = ranges.get(partition)
      if (range === undefined) throw partitionMissing(topic, partition)
      if (from === 'end') return [partition, range.end]
      return [partition, from === 'beginning' ? range.start : (from.get(partition) ?? range.start)]
    }),
  )
}

function nextRecord(read: MemoryRead, positions: Map<number, number>, limit: (partition: number) => number): LogRecord | undefined {
  for (const [partition, position] of positions) {
    const [record] = read.store.slice(read.topic, partition, { offset: position, limit: 1 })
    if (record === undefined || record.offset >= limit(partition)) continue
    positions.set(partition, record.offset + 1)
    return record
  }
  return undefined
}

async function nextAppend(store: MemoryStore, signal: AbortSignal): Promise<void> {
  const appended = createDeferred()
  const unsubscribe = store.onAppend(() => appended.resolve())
  const onAbort = (): void => appended.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  await appended.promise
  signal.removeEventListener('abort', onAbort)
  unsubscribe()
}
