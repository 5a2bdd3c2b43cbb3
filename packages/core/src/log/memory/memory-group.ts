/**
 * The coordinator of one group on one topic: members, owners, epochs. Rebalances run one after the other; a moving
 * partition is handed over only when its owner's `onRevoke` has resolved or the owner has left.
 */
import type { Assignment } from '@drakkar/plugin-sdk/log'
import { planAssignment } from './plan-assignment.ts'

export interface GroupMember {
  rebalancing(): void
  /** Resolves when the partitions may be given away. Never rejects. */
  revoke(partitions: readonly number[]): Promise<void>
  lose(partitions: readonly number[]): void
  assign(assignments: readonly Assignment[]): void
}

export interface MemoryGroupOptions {
  readonly partitions: number
  readonly committed: (partition: number) => number | null
}

interface Ownership {
  readonly member: GroupMember
  readonly epoch: number
}

export class MemoryGroup {
  readonly #options: MemoryGroupOptions
  readonly #members = new Set<GroupMember>()
  readonly #owners = new Map<number, Ownership>()
  readonly #epochs = new Map<number, number>()
  #last: Promise<void> = Promise.resolve()

  constructor(options: MemoryGroupOptions) {
    this.#options = options
  }

  /** Resolves when the member's first assignment has been announced. */
  async join(member: GroupMember): Promise<void> {
    const present = [...this.#members]
    this.#members.add(member)
    for (const other of present) other.rebalancing()
    await this.rebalance()
  }

  /** Takes effect at once; the partitions move on to the others later. */
  leave(member: GroupMember): Promise<void> {
    if (!this.#members.delete(member)) return this.#last
    for (const [partition, owner] of this.#owners) if (owner.member === member) this.#owners.delete(partition)
    for (const other of this.#members) other.rebalancing()
    return this.rebalance()
  }

  /** Partitions somebody has, ascending. */
  get owned(): readonly number[] {
    return [...this.#owners.keys()].toSorted((a, b) => a - b)
  }

  owns(member: GroupMember, partition: number, epoch: number): boolean {
    const owner = this.#owners.get(partition)
    return owner?.member === member && owner.epoch === epoch
  }

  /** Hands out what has no owner and evens out. Partitions of `moving` get a new epoch even when their owner stays. */
  rebalance(moving: readonly number[] = []): Promise<void> {
    this.#last = this.#last.then(() => this.#rebalance(moving))
    return this.#last
  }

  /** As after an expired session: the owners are told that the partitions are gone; nobody gets them until a rebalance. */
  lose(partitions: readonly number[]): void {
    for (const [member, owned] of this.#byOwner(partitions)) {
      for (const partition of owned) this.#owners.delete(partition)
      member.lose(owned)
    }
  }

  async #rebalance(moving: readonly number[]): Promise<void> {
    const target = this.#plan()
    const leaving = [...this.#owners].filter(([partition, { member }]) => moving.includes(partition) || target.get(partition) !== member)
    const released = this.#byOwner(leaving.map(([partition]) => partition))
    if (moving.length > 0) for (const member of this.#members) member.rebalancing()
    await Promise.all([...released].map(([member, partitions]) => member.revoke(partitions)))
    for (const [partition, owner] of leaving) if (this.#owners.get(partition) === owner) this.#owners.delete(partition)
    this.#assign(this.#plan())
  }

  #plan(): Map<number, GroupMember> {
    const owned = new Map([...this.#owners].map(([partition, { member }]) => [partition, member]))
    return planAssignment([...this.#members], owned, this.#options.partitions)
  }

  #assign(plan: ReadonlyMap<number, GroupMember>): void {
    const announced = new Map<GroupMember, Assignment[]>()
    for (const [partition, member] of plan) {
      if (this.#owners.has(partition)) continue
      const epoch = (this.#epochs.get(partition) ?? 0) + 1
      this.#epochs.set(partition, epoch)
      this.#owners.set(partition, { member, epoch })
      const assignments = announced.get(member) ?? []
      announced.set(member, [...assignments, { partition, epoch, committed: this.#options.committed(partition) }])
    }
    for (const [member, assignments] of announced) member.assign(assignments)
  }

  #byOwner(partitions: readonly number[]): Map<GroupMember, number[]> {
    const owned = new Map<GroupMember, number[]>()
    for (const partition of partitions) {
      const member = this.#owners.get(partition)?.member
      if (member !== undefined) owned.set(member, [...(owned.get(member) ?? []), partition])
    }
    return owned
  }
}
