/**
 * Reading without a group: fetches go straight to the leaders, so nothing is joined, committed or left behind.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import type { LogRecord, OffsetRange, ReadOptions } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'

import { topicMissing } from '../log-errors.ts'
import type { ClusterAccess } from './cluster-access.ts'
import type { FetchedPartition } from './cluster-types.ts'
import { filterAborted } from './filter-aborted.ts'
import { groupByLeader } from './group-by-leader.ts'
import { copyRecords, parseOffset } from './kafka-record.ts'

const waitMs = 250
const maxBytesPerPartition = 256 * 1024

/** Next offset per partition, and where to end; without an end the read follows. */
interface Cursor {
  next: number
  readonly end: number | null
}

/** Ends by itself, or without an error when the signal aborts. Rejects with `DRK_LOG_TOPIC_MISSING`. */
export async function* readTopic(access: ClusterAccess, topic: string, options: ReadOptions): AsyncGenerator<LogRecord> {
  if (options.signal.aborted) return
  const cursors = startCursors(await access.ranges(topic), options)
  while (!options.signal.aborted) {
    const open = openPartitions(cursors)
    if (open.size === 0) return
    for (const partition of await fetchOrMove(access, topic, { open, cursors }))
      yield* takeUntilAborted(topic, partition, { cursors, options })
  }
}

function* takeUntilAborted(
  topic: string,
  fetched: FetchedPartition,
  { cursors, options }: { readonly cursors: ReadonlyMap<number, Cursor>; readonly options: ReadOptions },
): Generator<LogRecord> {
  const cursor = cursors.get(fetched.partition)
  if (cursor === undefined) return
  for (const record of takeRecords(topic, fetched, cursor)) {
    if (options.signal.aborted) return
    yield record
  }
}

/** Pure: where each partition begins and ends. A first offset that is gone becomes the first that exists. */
export function startCursors(ranges: ReadonlyMap<number, OffsetRange>, options: Omit<ReadOptions, 'signal'>): Map<number, Cursor> {
  const wanted = options.partitions ?? [...ranges.keys()]
  const from = options.from ?? 'beginning'
  return new Map(
    wanted.map((partition) => {
      const range = ranges.get(partition)
      if (range === undefined) throw new LogError({ kind: 'permanent', message: `there is no partition ${partition}` })
      const asked = from === 'end' ? range.end : from === 'beginning' ? range.start : (from.get(partition) ?? range.start)
      return [partition, { next: Math.max(asked, range.start), end: options.follow === true ? null : range.end }]
    }),
  )
}

function openPartitions(cursors: ReadonlyMap<number, Cursor>): Map<number, number> {
  const open = [...cursors].filter(([, { next, end }]) => end === null || next < end)
  return new Map(open.map(([partition, { next }]) => [partition, next]))
}

interface Place {
  readonly open: ReadonlyMap<number, number>
  readonly cursors: ReadonlyMap<number, Cursor>
}

/** Retention may overtake a read: what is gone is skipped. */
async function fetchOrMove(access: ClusterAccess, topic: string, place: Place): Promise<readonly FetchedPartition[]> {
  try {
    return await fetchRound(access, topic, place.open)
  } catch (error) {
    if (!LogError.isInstance(error) || error.code !== 'DRK_LOG_OFFSET_OUT_OF_RANGE') throw error
    for (const [partition, range] of await access.ranges(topic)) {
      const cursor = place.cursors.get(partition)
      if (cursor !== undefined) cursor.next = Math.min(Math.max(cursor.next, range.start), Math.max(range.start, range.end))
    }
    return []
  }
}

async function fetchRound(access: ClusterAccess, topic: string, open: ReadonlyMap<number, number>): Promise<readonly FetchedPartition[]> {
  const partitions = await access.partitions(topic)
  if (partitions === null) throw topicMissing(topic)
  const led = partitions.filter(({ partitionId, leader }) => open.has(partitionId) && leader >= 0)
  if (led.length === 0) await sleep(waitMs)
  const byLeader = groupByLeader(led)
  const rounds = await Promise.all(
    [...byLeader].map(([leader, group]) => {
      const offsets = new Map(group.map(({ partitionId }) => [partitionId, open.get(partitionId) ?? 0]))
      return access.fetch(leader, { topic, offsets, maxWaitMs: waitMs, maxBytesPerPartition })
    }),
  )
  return rounds.flat()
}

/** Moves the cursor past everything that was fetched, also past what is not shown. */
function takeRecords(topic: string, fetched: FetchedPartition, cursor: Cursor): readonly LogRecord[] {
  const wanted = fetched.messages.filter(
    ({ offset }) => parseOffset(offset) >= cursor.next && (cursor.end === null || parseOffset(offset) < cursor.end),
  )
  const visible = filterAborted(fetched.messages, fetched.abortedTransactions ?? [])
  const last = fetched.messages.at(-1)
  if (last !== undefined) cursor.next = Math.max(cursor.next, parseOffset(last.offset) + 1)
  const shown = new Set(wanted)
  return copyRecords(
    topic,
    fetched.partition,
    visible.filter((message) => shown.has(message)),
  )
}
