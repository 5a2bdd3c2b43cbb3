/**
 * A member of a consumer group on kafkajs. Ownership, positions and commits are ours; kafkajs fetches and heartbeats.
 * Partitions kept over a rebalance go on without a break; those that move are reported with `onLost` after
 * `onRebalancing` gave the occasion to commit. `onRevoke` is not called yet: kafkajs joins at once, and holding the
 * join back needs the two-phase hand-over.
 */
import type { CallOptions } from '@drakkar/plugin-sdk'
import type { Assignment, CommitRequest, CommitResult, ConsumerListener, ConsumerOptions, LogConsumer } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'
import type { Batch, Consumer } from 'kafkajs'

import { listenerThrew, logClosed, offsetOutOfRange, startedTwice, topicMissing } from '../log-errors.ts'
import { abortable } from '../../runtime/abortable.ts'
import { diffAssignment } from './assignment-diff.ts'
import { classifyError } from './classify-error.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { type ClientIdentity, clientConfig, consumerConfig, type KafkaSettings, loopRetry, memberRetry } from './connection.ts'
import { consumerLag } from './consumer-lag.ts'
import { createDeferred } from '../../runtime/deferred.ts'
import { GroupCommits } from './group-commits.ts'
import { listenToGroup } from './group-events.ts'
import { GroupSession } from './group-session.ts'
import { createConsumer } from './kafkajs-cluster.ts'
import { leaveGroup } from './leave-group.ts'
import { generationOf, initialMembership, keepsOwnership, type Membership, type MembershipEvent, nextMembership } from './membership.ts'
import { PartitionFlow } from './partition-flow.ts'
import { PartitionLedger } from './partition-ledger.ts'
import { stickyAssigner } from './sticky-assigner.ts'
import { planStart } from './plan-start.ts'
import { lookUpPositions, type Positions } from './position-lookup.ts'
import { startPosition } from './start-position.ts'

export interface KafkaConsumerContext {
  readonly settings: KafkaSettings
  readonly identity: ClientIdentity
  readonly access: ClusterAccess
}

export class KafkaConsumer implements LogConsumer {
  readonly #options: ConsumerOptions
  readonly #context: KafkaConsumerContext
  readonly #ledger = new PartitionLedger()
  readonly #commits: GroupCommits
  readonly #firstAssignment = createDeferred<void>()
  #listener: ConsumerListener | null = null
  #consumer: Consumer | null = null
  #session: GroupSession | null = null
  #flow: PartitionFlow | null = null
  #membership: Membership = initialMembership
  /** Counts joins, so that what was asked for one of them is not used for the next. */
  #joins = 0
  #hasStarted = false
  #stopping: Promise<void> | null = null

  constructor(options: ConsumerOptions, context: KafkaConsumerContext) {
    this.#options = options
    this.#context = context
    const { group, topic } = options
    this.#commits = new GroupCommits({ ledger: this.#ledger, group, topic, session: () => this.#session })
    // A start that was aborted has nobody left who waits for it.
    this.#firstAssignment.promise.catch(() => undefined)
  }

  async start(listener: ConsumerListener, call: CallOptions): Promise<void> {
    if (this.#listener !== null) throw startedTwice()
    if (!this.#isRunning()) throw logClosed('consumer')
    this.#listener = listener
    try {
      call.signal.throwIfAborted()
      await abortable(this.#begin(listener), call.signal)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  pause(partitions: readonly number[]): void {
    this.#ledger.pause(partitions)
  }

  resume(partitions: readonly number[]): void {
    this.#ledger.resume(partitions)
    if (this.#isJoined()) this.#flow?.resume()
  }

  commit(requests: readonly CommitRequest[]): Promise<CommitResult> {
    return this.#commits.commit(requests)
  }

  lag(): Promise<ReadonlyMap<number, number>> {
    const { group, topic } = this.#options
    const { access, identity } = this.#context
    return consumerLag({ access, logger: identity.logger, group, topic }, this.#ledger.partitions)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave()
    return this.#stopping
  }

  async #begin(listener: ConsumerListener): Promise<void> {
    const { topic, group } = this.#options
    if ((await this.#context.access.describeTopic(topic)) === null) throw topicMissing(topic)
    if (!this.#isRunning()) throw logClosed('consumer')
    const consumer = this.#create(listener)
    try {
      await consumer.connect()
      // Positions are always given, so kafkajs's own reset has no effect.
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      const run = { autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch: ({ batch }: { batch: Batch }) => this.#onBatch(batch) }
      await Promise.all([consumer.run(run), this.#firstAssignment.promise])
    } catch (error) {
      throw classifyError(error, `consumer of ${topic} in group ${group}`)
    }
  }

  #create(listener: ConsumerListener): Consumer {
    const { settings, identity } = this.#context
    const { topic, group } = this.#options
    const retry = { ...loopRetry, restartOnFailure: async () => this.#isRunning() }
    const config = clientConfig(settings, identity, memberRetry)
    const assigner = stickyAssigner(() => ({ generationId: generationOf(this.#membership), owned: this.#ledger.partitions }))
    const { consumer, cluster } = createConsumer(config, { groupId: group, ...consumerConfig(settings), retry }, assigner)
    const onOutOfRange = (_: string, partition: number): void => this.#onOutOfRange(partition)
    this.#session = new GroupSession({ cluster, group, onOutOfRange })
    this.#consumer = consumer
    const isRunning = (): boolean => this.#isRunning()
    const guarded = (work: () => void): void => this.#guarded(work)
    this.#flow = new PartitionFlow({ consumer, ledger: this.#ledger, options: this.#options, listener, isRunning, guarded })
    listenToGroup(consumer, topic, {
      onRebalancing: () => this.#guarded(() => this.#onRebalancing()),
      onJoin: (assigned) => this.#guarded(() => this.#onJoin(assigned)),
      onHeartbeat: (generation) => this.#move({ type: 'heartbeat', generation }),
      onLeft: () => this.#guarded(() => this.#onLeft()),
      onCrash: (error, restarts) => this.#guarded(() => this.#onCrash(error, restarts)),
      onEmptyBatch: (partition, first, last) => this.#flow?.passOver(partition, first, last),
    })
    return consumer
  }

  async #onBatch(batch: Batch): Promise<void> {
    this.#guarded(() => this.#flow?.deliver(batch))
  }

  #onRebalancing(): void {
    if (this.#membership.phase !== 'stable') return
    // Told first: what is committed meanwhile is sent in the present generation, before the JoinGroup.
    this.#listener?.onRebalancing()
    this.#move({ type: 'rebalancing' })
  }

  #onJoin(assigned: readonly number[]): void {
    const generation = this.#session?.joined ?? null
    if (generation === null) throw new Error('kafkajs joined without a JoinGroup answer')
    const diff = diffAssignment(this.#ledger.partitions, assigned, keepsOwnership(this.#membership, generation))
    this.#joins += 1
    this.#move({ type: 'joined', generation })
    this.#lose(diff.lost)
    this.#flow?.stopFetching(diff.added)
    this.#flow?.restore(diff.kept)
    void this.#settleJoin(this.#joins, diff.kept, diff.added)
  }

  /** Gives newly assigned partitions their positions, and drops kept ones that somebody else has worked on. */
  async #settleJoin(join: number, kept: readonly number[], added: readonly number[]): Promise<void> {
    const { group, topic } = this.#options
    const { access, identity } = this.#context
    try {
      const isWanted = (): boolean => this.#isRunning() && this.#joins === join
      const positions = await lookUpPositions({ access, logger: identity.logger, group, topic }, isWanted)
      if (positions === null) return
      const stillKept = kept.filter((partition) => this.#ledger.get(partition) !== undefined)
      const overtaken = this.#ledger.overtaken(stillKept, positions.committed)
      this.#guarded(() => {
        this.#lose(overtaken)
        this.#announce([...added, ...overtaken], positions)
      })
      this.#hasStarted = true
      this.#firstAssignment.resolve()
    } catch (error) {
      this.#fail(classifyError(error, `positions of ${topic} in group ${group}`))
    }
  }

  #announce(partitions: readonly number[], positions: Positions): void {
    if (partitions.length === 0) return
    const starts = planStart(partitions, positions, this.#options)
    const assignments = starts.map((start): Assignment => {
      const { epoch } = this.#ledger.own(start.partition, start)
      return { partition: start.partition, epoch, committed: start.committed }
    })
    this.#listener?.onAssign(assignments)
    for (const { error } of starts) if (error !== null) this.#listener?.onError(error)
    if (this.#isJoined()) this.#flow?.restore(partitions)
  }

  /** Retention or truncation overtook a partition that is being consumed. */
  #onOutOfRange(partition: number): void {
    const owned = this.#ledger.get(partition)
    if (owned === undefined || owned.silent || !this.#isJoined()) return
    owned.silent = true
    this.#flow?.stopFetching([partition])
    void this.#settleOutOfRange(partition, owned.epoch)
  }

  async #settleOutOfRange(partition: number, epoch: number): Promise<void> {
    const { group, topic, onOffsetOutOfRange: policy } = this.#options
    const { access, identity } = this.#context
    try {
      const isWanted = (): boolean => this.#isRunning() && this.#ledger.get(partition)?.epoch === epoch
      const positions = await lookUpPositions({ access, logger: identity.logger, group, topic }, isWanted)
      const owned = this.#ledger.get(partition)
      const range = positions?.ranges.get(partition)
      if (owned === undefined || range === undefined) return
      const start = startPosition(owned.next, range, this.#options)
      const error = offsetOutOfRange({ topic, partition, next: owned.next, ...range, policy })
      owned.next = start.next
      owned.silent = start.outOfRange && policy === 'stop'
      this.#guarded(() => {
        if (start.outOfRange) this.#listener?.onError(error)
        if (this.#isJoined()) this.#flow?.restore([partition])
      })
    } catch (error) {
      this.#fail(classifyError(error, `offset range of ${topic}[${partition}]`))
    }
  }

  /** kafkajs gave up and left the group: what was ours may be somebody else's by now. A crash report follows. */
  #onLeft(): void {
    this.#move({ type: 'left' })
    this.#joins += 1
    this.#lose(this.#ledger.partitions)
  }

  #onCrash(error: Error, restarts: boolean): void {
    const classified = classifyError(error, `consumer of group ${this.#options.group}`)
    if (!restarts) return this.#fail(classified)
    this.#context.identity.logger.warn('kafka_consumer_restarting', { group: this.#options.group, error: classified.message })
    // Before the start has resolved it is the start that goes on trying.
    if (!this.#hasStarted) return
    this.#listener?.onError(new LogError({ kind: 'transient', code: classified.code, message: classified.message, cause: error }))
  }

  #lose(partitions: readonly number[]): void {
    if (partitions.length === 0) return
    this.#ledger.drop(partitions)
    this.#listener?.onLost(partitions)
  }

  #move(event: MembershipEvent): void {
    this.#membership = nextMembership(this.#membership, event)
    this.#commits.follow(this.#membership)
  }

  /** A listener that throws ends the consumer: what it did not take would otherwise be lost in silence. */
  #guarded(work: () => void): void {
    if (!this.#isRunning()) return
    try {
      work()
    } catch (error) {
      this.#fail(LogError.isInstance(error) ? error : listenerThrew(error))
    }
  }

  #fail(error: LogError): void {
    if (!this.#isRunning()) return
    const fatal = error.kind === 'fatal' ? error : new LogError({ kind: 'fatal', code: error.code, message: error.message, cause: error })
    const owned = this.#ledger.partitions
    this.#firstAssignment.reject(fatal)
    void this.stop()
    if (!this.#hasStarted) return
    try {
      if (owned.length > 0) this.#listener?.onLost(owned)
      this.#listener?.onError(fatal)
    } catch (cause) {
      this.#context.identity.logger.error('kafka_listener_failed', { error: classifyError(cause, 'listener').message })
    }
  }

  /** Synchronous up to its first wait: from here on nothing is delivered or announced. */
  async #leave(): Promise<void> {
    this.#move({ type: 'ended' })
    this.#ledger.drop(this.#ledger.partitions)
    this.#session?.close()
    this.#firstAssignment.reject(logClosed('consumer'))
    if (this.#consumer !== null) await leaveGroup(this.#consumer, this.#context.identity.logger)
  }

  #isRunning(): boolean {
    return this.#membership.phase !== 'ended'
  }

  /** Between a crash and the next join kafkajs refuses pauses and seeks; the join restores them. */
  #isJoined(): boolean {
    return this.#membership.phase === 'stable' || this.#membership.phase === 'rebalancing'
  }
}
