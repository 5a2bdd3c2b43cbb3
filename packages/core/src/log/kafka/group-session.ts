/**
 * Our hand on kafkajs's group membership. kafkajs tells neither its generation nor does it commit on one exactly: its
 * `commitOffsets` tries again after a rebalance with the new generation, for partitions that moved meanwhile. So the
 * generation is read from the JoinGroup answer and commits are sent to the coordinator as they are, once.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { LogError } from '@drakkar/plugin-sdk/log'

import { logClosed } from '../log-errors.ts'
import type { Verdict } from './assignment-codec.ts'
import type { KafkaBroker, KafkaCluster } from './cluster-types.ts'
import { isUnreachable } from './classify-error.ts'
import { type CoordinatorEvents, CoordinatorWatch } from './coordinator-watch.ts'
import type { Generation } from './membership.ts'

/** Longest wait of a join for the commits that were made before it. */
const commitsBeforeJoinMs = 1000
const searchWhileJoiningMs = 5000

export interface GroupSessionOptions {
  readonly cluster: KafkaCluster
  readonly group: string
  /** Empty for a dynamic member. */
  readonly groupInstanceId: string
  readonly heartbeatIntervalMs: number
  /** False while a rebalance is under way, as far as this member knows. */
  readonly isStable: () => boolean
  /** A join begins: what is committed before this returns still belongs to the present generation. */
  readonly onJoining: () => void
  /** The group has answered a heartbeat: the generation is still the present one. */
  readonly onHeartbeat: (generation: Generation) => void
  /** The group does not know this member any more. kafkajs joins again by itself. */
  readonly onExpelled: () => void
  /** kafkajs found that the next offset does not exist. Called before it fetches again. */
  readonly onOutOfRange: (partition: number) => void
}

/** What the last join that was answered has given. */
export interface JoinedGroup extends Verdict {
  readonly generation: Generation
}

export class GroupSession {
  readonly #options: GroupSessionOptions
  readonly #watch: CoordinatorWatch
  readonly #commits = new Set<Promise<unknown>>()
  #coordinator: KafkaBroker | null = null
  /** The coordinator kafkajs talks to until it joins again. */
  #joinedThrough: KafkaBroker | null = null
  #isSearching = false
  #joined: JoinedGroup | null = null
  #lastHeartbeatMs = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: GroupSessionOptions) {
    this.#options = options
    const events: CoordinatorEvents = {
      onJoining: (coordinator) => this.#onJoining(coordinator),
      untilMoved: (coordinator, joining) => this.#untilMoved(coordinator, joining),
      onJoined: (generation) => {
        this.#joined = { generation, withheld: [], isMoving: false }
      },
      onSynced: (verdict) => {
        if (this.#joined !== null) this.#joined = { ...this.#joined, ...verdict }
      },
      isHeartbeatDue: () => this.#isHeartbeatDue(),
      onUnreachable: () => this.#search(),
      onHeartbeat: ({ memberId, groupGenerationId }) => options.onHeartbeat({ memberId, generationId: groupGenerationId }),
      onExpelled: (memberId) => {
        if (memberId === this.#joined?.generation.memberId) options.onExpelled()
      },
      onOutOfRange: (_, partition) => options.onOutOfRange(partition),
    }
    this.#watch = new CoordinatorWatch(events, options.groupInstanceId)
    this.#watchCluster()
  }

  get joined(): JoinedGroup | null {
    return this.#joined
  }

  /** The group has another coordinator than kafkajs talks to. kafkajs would never find out from one that is gone. */
  get hasMoved(): boolean {
    const [now, before] = [this.#coordinator, this.#joinedThrough]
    return now !== null && before !== null && now !== before && (now.nodeId !== before.nodeId || !before.isConnected())
  }

  /**
   * Sends one commit. It is on the wire before a JoinGroup that is asked for later. Rejects with what kafkajs throws;
   * nothing is tried again.
   */
  async commit(generation: Generation, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    const sending = this.#send(generation, topic, offsets)
    this.#commits.add(sending)
    try {
      await sending
    } finally {
      this.#commits.delete(sending)
    }
  }

  /**
   * From now on kafkajs finds no broker. Without this a join that is under way when the consumer stops connects again,
   * joins, and consumes for ever; and with the brokers down a stop would wait for a minute of retries.
   */
  close(): void {
    this.#closed = true
  }

  async #send(generation: Generation, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    const coordinator = this.#coordinator
    if (coordinator === null) throw new LogError({ kind: 'transient', message: 'the group has no coordinator at the moment' })
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
    try {
      const connected = coordinator.isConnected() ? coordinator : await this.#options.cluster.findBroker({ nodeId: coordinator.nodeId })
      await connected.offsetCommit({
        groupId: this.#options.group,
        memberId: generation.memberId,
        groupGenerationId: generation.generationId,
        topics: [{ topic, partitions }],
      })
    } catch (error) {
      if (isNotCoordinator(error) || isUnreachable(error)) this.#search()
      throw error
    }
  }

  /** A commit that comes behind its generation's end is refused, so the join waits for those that are under way. */
  async #onJoining(coordinator: KafkaBroker): Promise<void> {
    this.#joinedThrough = coordinator
    this.#options.onJoining()
    if (this.#commits.size === 0) return
    const waiting = new AbortController()
    const late = sleep(commitsBeforeJoinMs, undefined, { signal: waiting.signal }).catch(() => undefined)
    await Promise.race([Promise.allSettled(this.#commits), late])
    waiting.abort()
  }

  /**
   * A join may rightly take as long as the slowest member, and kafkajs waits minutes for its answer, also from a coordinator that
   * hangs. With its connection ended the join fails, and the next one goes to the new coordinator.
   */
  async #untilMoved<T>(coordinator: KafkaBroker, joining: Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      this.#search()
      if (this.hasMoved) void coordinator.disconnect().catch(() => undefined)
    }, searchWhileJoiningMs)
    try {
      return await joining
    } finally {
      clearInterval(timer)
    }
  }

  /** Everybody waits for the slowest heartbeat when partitions change hands, so then none is left out. */
  #isHeartbeatDue(): boolean {
    const nowMs = performance.now()
    const isUrgent = this.#joined?.isMoving === true || !this.#options.isStable()
    if (!isUrgent && nowMs - this.#lastHeartbeatMs < this.#options.heartbeatIntervalMs) return false
    this.#lastHeartbeatMs = nowMs
    return true
  }

  /** Looks for the coordinator, one search at a time. The next heartbeat or commit that fails searches again. */
  #search(): void {
    if (this.#closed || this.#isSearching) return
    this.#isSearching = true
    const { cluster, group } = this.#options
    const end = (): void => {
      this.#isSearching = false
    }
    void cluster.findGroupCoordinator({ groupId: group }).then(end, end)
  }

  #watchCluster(): void {
    const { cluster } = this.#options
    const findBroker = cluster.findBroker.bind(cluster)
    const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster)
    cluster.findBroker = async (node) => {
      this.#assertOpen()
      return this.#watch.watch(await findBroker(node))
    }
    cluster.findGroupCoordinator = async (group) => {
      this.#assertOpen()
      this.#coordinator = this.#watch.watch(await findGroupCoordinator(group))
      return this.#coordinator
    }
  }

  #assertOpen(): void {
    // Not retriable for kafkajs, so that its loops end at once.
    if (this.#closed) throw Object.assign(logClosed('consumer'), { retriable: false })
  }
}

function isNotCoordinator(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === 'NOT_COORDINATOR_FOR_GROUP'
}
