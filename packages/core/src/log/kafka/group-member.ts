/**
 * One member's part in its group: what each partition is to it, who is told when, and when it joins again. Decides with
 * `membership.ts` and `hand-over.ts`; fetching is `partition-flow.ts`, committing `group-commits.ts`.
 */
import type { Assignment, ConsumerListener, ConsumerOptions, LogError } from '@drakkar/plugin-sdk/log'

import { listenerThrew } from '../log-errors.ts'
import type { Claim } from './assignment-codec.ts'
import { classifyError } from './classify-error.ts'
import type { JoinedGroup } from './group-session.ts'
import { claimedPartitions, type HandOverEvent, type HandOverStep, initialHandOver, owesJoin, stepHandOver } from './hand-over.ts'
import { initialMembership, isMember, keepsOwnership, type Membership, type MembershipEvent, nextMembership } from './membership.ts'
import type { PartitionFlow } from './partition-flow.ts'
import type { PartitionLedger } from './partition-ledger.ts'
import { planStart } from './plan-start.ts'
import { lookUpPositions, type PositionLookup, type Positions } from './position-lookup.ts'

export interface GroupMemberOptions {
  readonly options: ConsumerOptions
  readonly ledger: PartitionLedger
  readonly lookup: PositionLookup
  readonly onMembership: (membership: Membership) => void
  /** The first assignment has been announced. */
  readonly onStarted: () => void
  /** Runs work while the consumer runs; what it throws ends the consumer. */
  readonly guarded: (work: () => void) => void
  readonly fail: (error: LogError) => void
}

export interface MemberPorts {
  readonly listener: ConsumerListener
  readonly flow: PartitionFlow
}

export class GroupMember {
  readonly #options: GroupMemberOptions
  #ports: MemberPorts | null = null
  #membership: Membership = initialMembership
  #handOver = initialHandOver
  /** Counts joins, so that what was asked for one of them is not used for the next. */
  #joins = 0

  constructor(options: GroupMemberOptions) {
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#membership.phase !== 'ended'
  }

  /** Between a crash and the next join kafkajs refuses pauses and seeks; the join restores them. */
  get isMember(): boolean {
    return isMember(this.#membership)
  }

  /** False while a rebalance is under way. */
  get isStable(): boolean {
    return this.#membership.phase === 'stable'
  }

  /** True when the group waits for this member to join again: kafkajs is to be made to. */
  get owesJoin(): boolean {
    return this.#membership.phase === 'joining' || (this.isStable && owesJoin(this.#handOver))
  }

  /** What this member tells the group when it joins. */
  claim(): Claim {
    const owned = claimedPartitions(this.#handOver)
    if (!isMember(this.#membership)) return { memberId: null, generationId: -1, owned: [] }
    return { ...this.#membership.generation, owned }
  }

  /** Before anything else. */
  attach(ports: MemberPorts): void {
    this.#ports = ports
  }

  onRebalancing(): void {
    if (this.#membership.phase !== 'stable') return
    // Told first: what is committed meanwhile is sent in the present generation, before the JoinGroup.
    this.#ports?.listener.onRebalancing()
    this.#move({ type: 'rebalancing' })
  }

  onJoin({ generation, withheld }: Pick<JoinedGroup, 'generation' | 'withheld'>, assigned: readonly number[]): void {
    const keeps = keepsOwnership(this.#membership, generation)
    this.#joins += 1
    this.#move({ type: 'joined', generation })
    this.#handle({ type: 'joined', assigned, withheld, keeps })
    const { tenures } = this.#handOver
    this.#ports?.flow.stopFetching(assigned.filter((partition) => tenures.get(partition) !== 'owned'))
  }

  onHeartbeat(generation: JoinedGroup['generation']): void {
    this.#move({ type: 'heartbeat', generation })
  }

  /** What was ours may be somebody else's by now. */
  onExpelled(): void {
    if (!this.isMember) return
    this.#joins += 1
    this.#move({ type: 'expelled' })
    this.#handle({ type: 'expelled' })
  }

  /** From here on nothing is announced. */
  end(): void {
    this.#move({ type: 'ended' })
    this.#options.ledger.drop(this.#options.ledger.partitions)
  }

  #handle(event: HandOverEvent): void {
    const step = stepHandOver(this.#handOver, event)
    this.#handOver = step.state
    this.#lose(step.lost)
    this.#options.ledger.drop(step.released)
    if (this.isMember) this.#ports?.flow.restore(step.kept)
    // Also without anything to begin: a join asks whether somebody else has worked on what we keep.
    if (event.type === 'joined' || step.starting.length > 0) void this.#begin(step)
    this.#revoke(step.revoking)
    if (event.type !== 'idle') this.#handle({ type: 'idle' })
  }

  #lose(partitions: readonly number[]): void {
    if (partitions.length === 0) return
    this.#options.ledger.drop(partitions)
    this.#ports?.listener.onLost(partitions)
  }

  #revoke(partitions: readonly number[]): void {
    if (partitions.length === 0 || this.#ports === null) return
    this.#options.ledger.close(partitions)
    void this.#ports.listener.onRevoke(partitions).then(
      () => this.#options.guarded(() => this.#handle({ type: 'revoked' })),
      (error: unknown) => this.#options.fail(listenerThrew(error)),
    )
  }

  /** Gives assigned partitions their positions, and begins kept ones anew that somebody else has worked on. */
  async #begin({ starting, kept }: HandOverStep): Promise<void> {
    const { lookup, guarded, fail, onStarted } = this.#options
    const join = this.#joins
    try {
      const positions = await lookUpPositions(lookup, () => this.isRunning && this.#joins === join)
      if (positions === null) return
      guarded(() => {
        const overtaken = this.#overtaken(kept, positions)
        if (overtaken.length > 0) this.#restart(overtaken)
        this.#announce([...starting, ...overtaken], positions)
        onStarted()
      })
    } catch (error) {
      fail(classifyError(error, `positions of ${lookup.topic} in group ${lookup.group}`))
    }
  }

  #overtaken(kept: readonly number[], positions: Positions): readonly number[] {
    const owned = kept.filter((partition) => this.#handOver.tenures.get(partition) === 'owned')
    return this.#options.ledger.overtaken(owned, positions.committed)
  }

  #restart(partitions: readonly number[]): void {
    this.#handOver = stepHandOver(this.#handOver, { type: 'overtaken', partitions }).state
    this.#lose(partitions)
  }

  #announce(partitions: readonly number[], positions: Positions): void {
    if (partitions.length === 0) return
    const { options, ledger } = this.#options
    const starts = planStart(partitions, positions, options)
    const assignments = starts.map((start): Assignment => {
      const { epoch } = ledger.own(start.partition, start)
      return { partition: start.partition, epoch, committed: start.committed }
    })
    this.#handOver = stepHandOver(this.#handOver, { type: 'began', partitions }).state
    this.#ports?.listener.onAssign(assignments)
    for (const { error } of starts) if (error !== null) this.#ports?.listener.onError(error)
    if (this.isMember) this.#ports?.flow.restore(partitions)
  }

  #move(event: MembershipEvent): void {
    this.#membership = nextMembership(this.#membership, event)
    this.#options.onMembership(this.#membership)
  }
}
