/** Which offsets a command reads: taken at its start, so that what is written meanwhile never keeps it going (spec RPL-14). Pure. */
import type { OffsetRange } from '@drakkar/plugin-sdk/log'

export interface RangeOptions {
  /** Null: all. */
  readonly partitions: readonly number[] | null
  /** For every partition. Null: from the first there is. */
  readonly fromOffset: number | null
  /** Inclusive. Null: to the end. */
  readonly toOffset: number | null
}

/**
 * Per partition, ascending; `positions` (of a checkpoint) says where a partition goes on. Partitions with nothing to read are
 * left out.
 */
export function planRanges(
  offsets: ReadonlyMap<number, OffsetRange>,
  { partitions, fromOffset, toOffset }: RangeOptions,
  positions: ReadonlyMap<number, number> = new Map(),
): ReadonlyMap<number, OffsetRange> {
  const wanted = [...offsets].filter(([partition]) => partitions === null || partitions.includes(partition))
  const ranges = wanted.map(([partition, { start, end }]): [number, OffsetRange] => [
    partition,
    {
      start: Math.max(start, fromOffset ?? 0, positions.get(partition) ?? 0),
      end: toOffset === null ? end : Math.min(end, toOffset + 1),
    },
  ])
  return new Map(ranges.filter(([, { start, end }]) => start < end).toSorted(([a], [b]) => a - b))
}

/** Offsets in the ranges: an upper bound of the records in them. */
export function sizeOf(ranges: ReadonlyMap<number, OffsetRange>): number {
  return [...ranges.values()].reduce((sum, { start, end }) => sum + end - start, 0)
}
