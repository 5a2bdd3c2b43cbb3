/**
 * `LogConsumer` on kafkajs. kafkajs fetches and heartbeats; ownership (`group-member.ts`), positions
 * (`partition-flow.ts`) and commits (`group-commits.ts`) are ours. Partitions kept over a rebalance go on without a
 * break; those that move are drained first (`docs/decisions/2026-11-21-two-phase-hand-over.md`).
 */
import type { CallOptions } from '@drakkar/plugin-sdk'
import type { CommitRequest, CommitResult, ConsumerListener, ConsumerOptions, LogConsumer } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'
import type { Batch, Consumer } from 'kafkajs'

import { instanceTaken, listenerThrew, logClosed, startedTwice, topicMissing } from '../log-errors.ts'
import { abortable } from '../../runtime/abortable.ts'
import { createDeferred } from '../../runtime/deferred.ts'
import { classifyError, isInstanceTaken } from './classify-error.ts'
import type { ClusterAccess } from './cluster-access.ts'
import {
  type ClientIdentity,
  clientConfig,
  consumerConfig,
  heartbeatIntervalMs,
  type KafkaSettings,
  loopRetry,
  memberRetry,
} from './connection.ts'
import { consumerLag } from './consumer-lag.ts'
import { FreezeWatch } from './freeze-watch.ts'
import { GroupCommits } from './group-commits.ts'
import { listenToGroup } from './group-events.ts'
import { GroupMember } from './group-member.ts'
import { GroupSession } from './group-session.ts'
import { createConsumer } from './kafkajs-cluster.ts'
import { leaveGroup } from './leave-group.ts'
import { PartitionFlow } from './partition-flow.ts'
import { PartitionLedger } from './partition-ledger.ts'
import type { PositionLookup } from './position-lookup.ts'
import { RangeRecovery } from './range-recovery.ts'
import { stickyAssigner } from './sticky-assigner.ts'

export interface KafkaConsumerContext {
  readonly settings: KafkaSettings
  readonly identity: ClientIdentity
  readonly access: ClusterAccess
}

/** What exists from the start on. */
interface Connected {
  readonly listener: ConsumerListener
  readonly consumer: Consumer
  readonly session: GroupSession
  readonly flow: PartitionFlow
  readonly recovery: RangeRecovery
}

export class KafkaConsumer implements LogConsumer {
  readonly #options: ConsumerOptions
  readonly #context: KafkaConsumerContext
  readonly #lookup: PositionLookup
  readonly #ledger = new PartitionLedger()
  readonly #commits: GroupCommits
  readonly #member: GroupMember
  readonly #freeze: FreezeWatch
  readonly #firstAssignment = createDeferred<void>()
  #connected: Connected | null = null
  #wasStarted = false
  #hasStarted = false
  #stopping: Promise<void> | null = null

  constructor(options: ConsumerOptions, context: KafkaConsumerContext) {
    this.#options = options
    this.#context = context
    const { group, topic } = options
    const ledger = this.#ledger
    this.#lookup = { access: context.access, logger: context.identity.logger, group, topic }
    this.#commits = new GroupCommits({ ledger, group, topic, session: () => this.#required().session })
    this.#freeze = new FreezeWatch({
      sessionTimeoutMs: consumerConfig(context.settings).sessionTimeout,
      onFrozen: () => this.#onFrozen(),
    })
    this.#member = new GroupMember({
      options,
      ledger,
      lookup: this.#lookup,
      onMembership: (membership) => this.#commits.follow(membership),
      onStarted: () => this.#onStarted(),
      guarded: (work) => this.#guarded(work),
      fail: (error) => this.#fail(error),
    })
    // A start that was aborted has nobody left who waits for it.
    this.#firstAssignment.promise.catch(() => undefined)
  }

  async start(listener: ConsumerListener, call: CallOptions): Promise<void> {
    if (this.#wasStarted) throw startedTwice()
    if (!this.#member.isRunning) throw logClosed('consumer')
    this.#wasStarted = true
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
    if (this.#member.isMember) this.#connected?.flow.resume()
  }

  commit(requests: readonly CommitRequest[]): Promise<CommitResult> {
    this.#freeze.check()
    return this.#commits.commit(requests)
  }

  lag(): Promise<ReadonlyMap<number, number>> {
    return consumerLag(this.#lookup, this.#ledger)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#leave()
    return this.#stopping
  }

  async #begin(listener: ConsumerListener): Promise<void> {
    const { topic, group } = this.#options
    if ((await this.#context.access.describeTopic(topic)) === null) throw topicMissing(topic)
    if (!this.#member.isRunning) throw logClosed('consumer')
    const { consumer } = this.#connect(listener)
    try {
      await consumer.connect()
      // Positions are always given, so kafkajs's own reset has no effect.
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      const run = { autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch: ({ batch }: { batch: Batch }) => this.#onBatch(batch) }
      this.#freeze.start()
      await Promise.all([consumer.run(run), this.#firstAssignment.promise])
    } catch (error) {
      throw classifyError(error, `consumer of ${topic} in group ${group}`)
    }
  }

  #connect(listener: ConsumerListener): Connected {
    const { settings, identity } = this.#context
    const { group, groupInstanceId = '' } = this.#options
    const retry = { ...loopRetry, restartOnFailure: async () => this.#member.isRunning }
    const options = { groupId: group, ...consumerConfig(settings), retry }
    const assigner = stickyAssigner(() => this.#member.claim())
    const { consumer, cluster } = createConsumer(clientConfig(settings, identity, memberRetry), options, assigner)
    const session = new GroupSession({
      cluster,
      group,
      groupInstanceId,
      heartbeatIntervalMs: heartbeatIntervalMs(settings),
      isStable: () => this.#member.isStable,
      onHeartbeat: (generation) => {
        this.#freeze.check()
        this.#freeze.noteContact()
        this.#member.onHeartbeat(generation)
      },
      onJoining: () => this.#guarded(() => this.#member.onRebalancing()),
      onExpelled: () => this.#guarded(() => this.#member.onExpelled()),
      onOutOfRange: (partition) => this.#onOutOfRange(partition),
    })
    const shared = { options: this.#options, ledger: this.#ledger, listener, guarded: (work: () => void) => this.#guarded(work) }
    const flow = new PartitionFlow({ ...shared, consumer, isRunning: () => this.#member.isRunning })
    const recovery = new RangeRecovery({ ...shared, flow, lookup: this.#lookup, isMember: () => this.#member.isMember })
    this.#connected = { listener, consumer, session, flow, recovery }
    this.#member.attach({ listener, flow })
    this.#listen(this.#connected)
    return this.#connected
  }

  #listen({ consumer, flow, session }: Connected): void {
    const member = this.#member
    listenToGroup(consumer, this.#options.topic, {
      owesJoin: () => {
        this.#freeze.check()
        return member.owesJoin || (member.isMember && session.hasMoved)
      },
      onRebalancing: () => this.#guarded(() => member.onRebalancing()),
      onJoin: (assigned) => {
        this.#freeze.noteContact()
        if (session.joined === null) throw new Error('kafkajs joined without a JoinGroup answer')
        const { joined } = session
        this.#guarded(() => member.onJoin(joined, assigned))
      },
      onLeft: () => this.#guarded(() => member.onExpelled()),
      onCrash: (error, restarts) => this.#guarded(() => this.#onCrash(error, restarts)),
      onEmptyBatch: (partition, first, last) => flow.passOver(partition, first, last),
    })
  }

  async #onBatch(batch: Batch): Promise<void> {
    this.#freeze.check()
    this.#guarded(() => this.#connected?.flow.deliver(batch))
  }

  #onStarted(): void {
    this.#hasStarted = true
    this.#firstAssignment.resolve()
  }

  #onFrozen(): void {
    this.#context.identity.logger.warn('kafka_member_frozen', { group: this.#options.group, partitions: this.#ledger.partitions })
    this.#guarded(() => this.#member.onExpelled())
  }

  #onOutOfRange(partition: number): void {
    this.#required()
      .recovery.recover(partition)
      .catch((error: unknown) => this.#fail(classifyError(error, `offset range of ${this.#options.topic}[${partition}]`)))
  }

  #onCrash(error: Error, restarts: boolean): void {
    const { group, groupInstanceId = '' } = this.#options
    if (isInstanceTaken(error)) return this.#fail(instanceTaken(group, groupInstanceId))
    const classified = classifyError(error, `consumer of group ${group}`)
    if (!restarts) return this.#fail(classified)
    this.#context.identity.logger.warn('kafka_consumer_restarting', { group, error: classified.message })
    // Before the start has resolved it is the start that goes on trying.
    if (!this.#hasStarted) return
    const { code, message } = classified
    this.#connected?.listener.onError(new LogError({ kind: 'transient', code, message, cause: error }))
  }

  /** A listener that throws ends the consumer: what it did not take would otherwise be lost in silence. */
  #guarded(work: () => void): void {
    if (!this.#member.isRunning) return
    try {
      work()
    } catch (error) {
      this.#fail(LogError.isInstance(error) ? error : listenerThrew(error))
    }
  }

  #fail(error: LogError): void {
    if (!this.#member.isRunning) return
    const { kind, code, message } = error
    const fatal = kind === 'fatal' ? error : new LogError({ kind: 'fatal', code, message, cause: error })
    const owned = this.#ledger.partitions
    this.#firstAssignment.reject(fatal)
    void this.stop()
    if (!this.#hasStarted) return
    try {
      if (owned.length > 0) this.#connected?.listener.onLost(owned)
      this.#connected?.listener.onError(fatal)
    } catch (cause) {
      this.#context.identity.logger.error('kafka_listener_failed', { error: classifyError(cause, 'listener').message })
    }
  }

  /** Synchronous up to its first wait: from here on nothing is delivered or announced. */
  async #leave(): Promise<void> {
    this.#member.end()
    this.#freeze.stop()
    this.#connected?.session.close()
    this.#firstAssignment.reject(logClosed('consumer'))
    if (this.#connected !== null) await leaveGroup(this.#connected.consumer, this.#context.identity.logger)
  }

  #required(): Connected {
    if (this.#connected === null) throw logClosed('consumer')
    return this.#connected
  }
}
