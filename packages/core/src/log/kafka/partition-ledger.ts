/** Which partitions are ours, since when, how far each was delivered, and which are paused. No I/O. */
import type { CommitRequest } from '@drakkar/plugin-sdk/log'

export interface OwnedPartition {
  readonly partition: number
  readonly epoch: number
  /** Next offset to be delivered. */
  next: number
  /** The offset behind the last record that was delivered. What lies between it and `next` holds no record. */
  delivered: number
  /** The highest offset the group is known to have, or that we asked it to have. */
  committed: number
  /** Its next offset does not exist; nothing is fetched until that is settled. */
  silent: boolean
  /** Being drained: nothing more is delivered, commits are still ours to make. */
  closed: boolean
}

export interface FencedRequests {
  readonly accepted: readonly CommitRequest[]
  readonly refused: readonly CommitRequest[]
}

export class PartitionLedger {
  readonly #owned = new Map<number, OwnedPartition>()
  /** Outlives the ownership: a paused partition that comes back is still paused. */
  readonly #paused = new Set<number>()
  #lastEpoch = 0

  get partitions(): readonly number[] {
    return [...this.#owned.keys()]
  }

  get(partition: number): OwnedPartition | undefined {
    return this.#owned.get(partition)
  }

  /** With a new epoch. */
  own(partition: number, position: { readonly next: number; readonly committed: number | null; readonly silent: boolean }): OwnedPartition {
    this.#lastEpoch += 1
    const { next, committed, silent } = position
    const owned = { partition, epoch: this.#lastEpoch, next, delivered: next, committed: committed ?? -1, silent, closed: false }
    this.#owned.set(partition, owned)
    return owned
  }

  drop(partitions: readonly number[]): void {
    for (const partition of partitions) this.#owned.delete(partition)
  }

  /** Nothing more is delivered of them. */
  close(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const owned = this.#owned.get(partition)
      if (owned !== undefined) owned.closed = true
    }
  }

  /** Of those named, the ones that are ours and were not paused. */
  pause(partitions: readonly number[]): readonly number[] {
    const changed = partitions.filter((partition) => this.#owned.has(partition) && !this.#paused.has(partition))
    for (const partition of changed) this.#paused.add(partition)
    return changed
  }

  /** Of those named, the ones that are ours and may be fetched now. */
  resume(partitions: readonly number[]): readonly OwnedPartition[] {
    const wanted = partitions.filter((partition) => this.#paused.delete(partition))
    return wanted.flatMap((partition) => this.#owned.get(partition) ?? []).filter(({ silent }) => !silent)
  }

  isPaused(partition: number): boolean {
    return this.#paused.has(partition)
  }

  /** True when records of the partition may be delivered. */
  isOpen(partition: number): boolean {
    const owned = this.#owned.get(partition)
    return owned !== undefined && !owned.silent && !owned.closed && !this.#paused.has(partition)
  }

  /** A commit is ours to make for the present period of ownership only; the broker checks neither. */
  fence(requests: readonly CommitRequest[]): FencedRequests {
    const isOurs = (request: CommitRequest): boolean => this.#owned.get(request.partition)?.epoch === request.epoch
    return { accepted: requests.filter(isOurs), refused: requests.filter((request) => !isOurs(request)) }
  }

  noteCommit(requests: readonly CommitRequest[]): void {
    for (const { partition, offset } of requests) {
      const owned = this.#owned.get(partition)
      if (owned !== undefined) owned.committed = Math.max(owned.committed, offset)
    }
  }

  /**
   * How far a partition is settled when that offset of it is committed. Behind the last record there may be markers of
   * transactions, or records that were compacted away: nobody can commit those, and nobody waits for them.
   */
  settledUpTo(partition: number, committed: number): number {
    const owned = this.#owned.get(partition)
    return owned !== undefined && committed >= owned.delivered ? Math.max(committed, owned.next) : committed
  }

  /** Of those named, the ones whose committed offset was moved by somebody else: what we hold of them is out of date. */
  overtaken(partitions: readonly number[], committed: ReadonlyMap<number, number>): readonly number[] {
    return partitions.filter((partition) => (committed.get(partition) ?? -1) > (this.#owned.get(partition)?.committed ?? -1))
  }
}
