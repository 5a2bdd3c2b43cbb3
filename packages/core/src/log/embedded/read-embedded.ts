/** Reading an embedded log without a group and without its lock. */
import type { LogRecord, OffsetRange, ReadOptions } from '@drakkar/plugin-sdk/log'
import { createDeferred } from '../../runtime/deferred.ts'
import { partitionMissing } from '../log-errors.ts'
import type { AppendWatch } from './append-watch.ts'
import type { EmbeddedStore, StoredTopic } from './embedded-store.ts'
import { toLogError } from './sqlite-failure.ts'

const maxRecords = 500
const maxBytes = 1024 * 1024

export interface EmbeddedRead {
  readonly store: EmbeddedStore
  readonly watch: AppendWatch
  readonly topic: string
  readonly options: ReadOptions
  /** Aborts when the log is closed. */
  readonly closed: AbortSignal
  readonly path: string
}

export async function* readEmbedded(read: EmbeddedRead): AsyncGenerator<LogRecord, void, undefined> {
  const signal = AbortSignal.any([read.options.signal, read.closed])
  try {
    const topic = await read.store.topic(read.topic)
    const ranges = await read.store.ranges(topic)
    const positions = startPositions(read, ranges)
    const ends = new Map([...ranges].map(([partition, { end }]) => [partition, end]))
    yield* readTo({ read, topic, positions, ends, signal })
    if (read.options.follow === true) yield* follow({ read, topic, positions, ends, signal })
  } catch (error) {
    // An aborted read ends without an error, also when the log was closed under it.
    if (!signal.aborted) throw toLogError(error, read.path)
  }
}

interface Progress {
  readonly read: EmbeddedRead
  readonly topic: StoredTopic
  /** Next offset by partition. */
  readonly positions: Map<number, number>
  readonly ends: ReadonlyMap<number, number>
  readonly signal: AbortSignal
}

async function* readTo(progress: Progress): AsyncGenerator<LogRecord, void, undefined> {
  for (const partition of progress.positions.keys()) {
    let more = true
    while (more && !progress.signal.aborted) more = yield* readOnce(progress, partition)
  }
}

/** One question to the file. Returns whether there may be more before the end. */
async function* readOnce(
  { read, topic, positions, ends, signal }: Progress,
  partition: number,
): AsyncGenerator<LogRecord, boolean, undefined> {
  const [offset, end] = [positions.get(partition) ?? 0, ends.get(partition) ?? 0]
  if (offset >= end) return false
  const records = await read.store.fetch(topic, { partition, offset, maxRecords: Math.min(maxRecords, end - offset), maxBytes })
  for (const record of records) {
    if (signal.aborted || record.offset >= end) return false
    positions.set(partition, record.offset + 1)
    yield record
  }
  return records.length > 0
}

async function* follow(progress: Progress): AsyncGenerator<LogRecord, void, undefined> {
  const { read, topic, signal } = progress
  let changed = createDeferred()
  const wake = (): void => changed.resolve()
  const unsubscribe = read.watch.subscribe(wake)
  signal.addEventListener('abort', wake, { once: true })
  try {
    while (!signal.aborted) {
      changed = createDeferred()
      const ranges = await read.store.ranges(topic)
      yield* readTo({ ...progress, ends: new Map([...ranges].map(([partition, { end }]) => [partition, end])) })
      const seen = [...progress.positions].every(([partition, next]) => next >= (ranges.get(partition)?.end ?? 0))
      if (seen && !signal.aborted) await changed.promise
    }
  } finally {
    unsubscribe()
    signal.removeEventListener('abort', wake)
  }
}

function startPositions({ topic, options }: EmbeddedRead, ranges: ReadonlyMap<number, OffsetRange>): Map<number, number> {
  const { from = 'beginning' } = options
  const positions = new Map<number, number>()
  for (const partition of options.partitions ?? ranges.keys()) {
    const range = ranges.get(partition)
    if (range === undefined) throw partitionMissing(topic, partition)
    const given = typeof from === 'string' ? undefined : from.get(partition)
    positions.set(partition, from === 'end' ? range.end : (given ?? range.start))
  }
  return positions
}
