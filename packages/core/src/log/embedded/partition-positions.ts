/** Where a consumer of an embedded log stands in each partition, and which of them may deliver. No I/O. */
import type { OffsetRange } from '@drakkar/plugin-sdk/log'

export interface Position {
  readonly partition: number
  /** Offset of the next record to deliver. */
  next: number
  /** Its next offset does not exist and the policy is to stop. */
  silent: boolean
}

export class PartitionPositions {
  readonly #positions = new Map<number, Position>()
  readonly #paused = new Set<number>()

  set(partition: number, next: number): void {
    this.#positions.set(partition, { partition, next, silent: false })
  }

  has(partition: number): boolean {
    return this.#positions.has(partition)
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition)
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition)
  }

  mayDeliver(position: Position): boolean {
    return !position.silent && !this.#paused.has(position.partition)
  }

  /** Positions that may deliver and are not at their end. Those out of range are included. */
  ready(ranges: ReadonlyMap<number, OffsetRange>): Position[] {
    return [...this.#positions.values()].filter(
      (position) => this.mayDeliver(position) && position.next !== ranges.get(position.partition)?.end,
    )
  }
}

export function isOutOfRange(next: number, range: OffsetRange): boolean {
  return next < range.start || next > range.end
}
