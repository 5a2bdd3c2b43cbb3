/**
 * Our hand on kafkajs's group membership. kafkajs tells neither its generation nor does it commit on one exactly: its
 * `commitOffsets` tries again after a rebalance with the new generation, for partitions that moved meanwhile. So the
 * generation is read from the JoinGroup answer and commits are sent to the coordinator as they are, once.
 */
import { LogError } from '@drakkar/plugin-sdk/log'

import { logClosed } from '../log-errors.ts'
import type { KafkaBroker, KafkaCluster } from './cluster-types.ts'
import type { Generation } from './membership.ts'

type OffsetCommit = Parameters<KafkaBroker['offsetCommit']>[0]

export interface GroupSessionOptions {
  readonly cluster: KafkaCluster
  readonly group: string
  /** kafkajs found that the next offset does not exist. Called before it fetches again. */
  readonly onOutOfRange: (topic: string, partition: number) => void
}

export class GroupSession {
  readonly #cluster: KafkaCluster
  readonly #group: string
  readonly #onOutOfRange: GroupSessionOptions['onOutOfRange']
  readonly #watched = new WeakSet<KafkaBroker>()
  #coordinator: KafkaBroker | null = null
  #joined: Generation | null = null
  #closed = false

  constructor(options: GroupSessionOptions) {
    this.#cluster = options.cluster
    this.#group = options.group
    this.#onOutOfRange = options.onOutOfRange
    this.#watchCluster()
  }

  /** Of the last JoinGroup that was answered. */
  get joined(): Generation | null {
    return this.#joined
  }

  /**
   * Sends one commit. It is on the wire before a JoinGroup that is asked for later. Rejects with what kafkajs throws;
   * nothing is tried again.
   */
  async commit(generation: Generation, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    const coordinator = this.#coordinator
    if (coordinator === null) throw new LogError({ kind: 'transient', message: 'the group has no coordinator at the moment' })
    const connected = coordinator.isConnected() ? coordinator : await this.#cluster.findBroker({ nodeId: coordinator.nodeId })
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
    try {
      await connected.offsetCommit({
        groupId: this.#group,
        memberId: generation.memberId,
        groupGenerationId: generation.generationId,
        topics: [{ topic, partitions }],
      })
    } catch (error) {
      // The fetch loop finds the new coordinator with its next heartbeat or join; until then commits wait.
      if (isNotCoordinator(error)) await this.#findCoordinator()
      throw error
    }
  }

  /**
   * From now on kafkajs finds no broker. Without this a join that is under way when the consumer stops connects again,
   * joins, and consumes for ever; and with the brokers down a stop would wait for a minute of retries.
   */
  close(): void {
    this.#closed = true
  }

  async #findCoordinator(): Promise<void> {
    await this.#cluster.findGroupCoordinator({ groupId: this.#group })
  }

  #watchCluster(): void {
    const cluster = this.#cluster
    const findBroker = cluster.findBroker.bind(cluster)
    const findGroupCoordinator = cluster.findGroupCoordinator.bind(cluster)
    cluster.findBroker = async (node) => {
      this.#assertOpen()
      return this.#watch(await findBroker(node))
    }
    cluster.findGroupCoordinator = async (group) => {
      this.#assertOpen()
      this.#coordinator = this.#watch(await findGroupCoordinator(group))
      return this.#coordinator
    }
  }

  #watch(broker: KafkaBroker): KafkaBroker {
    if (this.#watched.has(broker)) return broker
    this.#watched.add(broker)
    const joinGroup = broker.joinGroup.bind(broker)
    const offsetCommit = broker.offsetCommit.bind(broker)
    broker.joinGroup = async (request) => {
      const answer = await joinGroup(request)
      this.#joined = { memberId: answer.memberId, generationId: answer.generationId }
      return answer
    }
    broker.offsetCommit = async (request) => (this.#interceptReset(request) ? undefined : offsetCommit(request))
    return broker
  }

  /** kafkajs answers "out of range" by committing −1 or −2, which would replace the group's offset. True: not sent. */
  #interceptReset(request: OffsetCommit): boolean {
    const resets = request.topics.flatMap(({ topic, partitions }) =>
      partitions.filter(({ offset }) => Number(offset) < 0).map(({ partition }) => ({ topic, partition })),
    )
    for (const { topic, partition } of resets) this.#onOutOfRange(topic, partition)
    return resets.length > 0
  }

  #assertOpen(): void {
    // Not retriable for kafkajs, so that its loops end at once.
    if (this.#closed) throw Object.assign(logClosed('consumer'), { retriable: false })
  }
}

function isNotCoordinator(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === 'NOT_COORDINATOR_FOR_GROUP'
}
