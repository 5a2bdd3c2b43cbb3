/**
 * Questions to the cluster that need no group membership: topics, offset ranges, committed offsets, records. Asks the
 * brokers directly, because kafkajs's admin client keeps every topic it was ever asked about and fails as a whole when
 * one of them is deleted. Connects with the first question.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import type { OffsetRange, TopicDescription } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'
import type { Consumer } from 'kafkajs'

import { logClosed, topicMissing } from '../log-errors.ts'
import { classifyError } from './classify-error.ts'
import { type ClientIdentity, clientConfig, type KafkaSettings, requestRetry } from './connection.ts'
import type { FetchedPartition, KafkaBroker, KafkaCluster, PartitionDescription } from './cluster-types.ts'
import { groupByLeader } from './group-by-leader.ts'
import { createConsumer } from './kafkajs-cluster.ts'
import { parseOffset } from './kafka-record.ts'

const earliest = -2
const latest = -1
const readCommitted = 1
const mostTries = 8
const firstDelayMs = 100
const longestDelayMs = 1000
const createTimeoutMs = 10_000

export interface FetchRequest {
  readonly topic: string
  /** Partition → first offset wanted. All of one leader. */
  readonly offsets: ReadonlyMap<number, number>
  readonly maxWaitMs: number
  readonly maxBytesPerPartition: number
}

export class ClusterAccess {
  readonly #cluster: KafkaCluster
  /** Never run; it is only how kafkajs gives its cluster away. */
  readonly #carrier: Consumer
  #connecting: Promise<void> | null = null
  #closed = false

  constructor(settings: KafkaSettings, identity: ClientIdentity) {
    const config = clientConfig(settings, identity, requestRetry)
    const { consumer, cluster } = createConsumer(config, { groupId: 'drakkar-no-group', allowAutoTopicCreation: false })
    this.#carrier = consumer
    this.#cluster = cluster
  }

  /** Rejects with a `LogError` when no broker answers. */
  async connect(): Promise<void> {
    await this.#ask('connection to Kafka', async () => undefined)
  }

  /** Partitions with their leaders, ascending, or null when there is no such topic. */
  async partitions(topic: string): Promise<readonly PartitionDescription[] | null> {
    return this.#ask(`description of topic ${topic}`, () => this.#describe(topic))
  }

  async describeTopic(topic: string): Promise<TopicDescription | null> {
    const partitions = await this.partitions(topic)
    return partitions === null ? null : { topic, partitions: partitions.length }
  }

  /** First and end offset per partition, ascending. Rejects with `DRK_LOG_TOPIC_MISSING`. */
  async ranges(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.#ask(`offsets of topic ${topic}`, async () => {
      const partitions = await this.#describe(topic)
      if (partitions === null) throw topicMissing(topic)
      const [starts, ends] = await Promise.all([earliest, latest].map((timestamp) => this.#listOffsets(topic, partitions, timestamp)))
      return new Map(
        partitions.map(({ partitionId }) => [partitionId, { start: starts?.get(partitionId) ?? 0, end: ends?.get(partitionId) ?? 0 }]),
      )
    })
  }

  /** Committed offsets of a group; partitions without one are absent. */
  async committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    return this.#ask(`committed offsets of group ${group}`, async () => {
      const partitions = (await this.#describe(topic)) ?? []
      if (partitions.length === 0) return new Map()
      const coordinator = await this.#cluster.findGroupCoordinator({ groupId: group })
      const wanted = partitions.map(({ partitionId }) => ({ partition: partitionId }))
      const { responses } = await coordinator.offsetFetch({ groupId: group, topics: [{ topic, partitions: wanted }] })
      const answers = responses
        .flatMap((response) => response.partitions)
        .map(({ partition, offset }) => [partition, parseOffset(offset)] as const)
      return new Map(answers.filter(([, offset]) => offset >= 0).toSorted(([a], [b]) => a - b))
    })
  }

  /** Does nothing when the topic exists. Resolves when every partition has a leader. */
  async createTopic(topic: string, partitions: number): Promise<void> {
    await this.#ask(`creation of topic ${topic}`, async () => {
      if ((await this.#describe(topic)) === null) {
        // -1: the broker's default.
        const request = { topics: [{ topic, numPartitions: partitions, replicationFactor: -1 }], timeout: createTimeoutMs }
        await (await this.#controller()).createTopics(request).catch(ignoreExisting)
      }
      const described = await this.#describe(topic)
      if (described === null || described.some(({ leader }) => leader < 0)) {
        throw new LogError({ kind: 'transient', message: `topic ${topic} has no leaders yet` })
      }
      // A leader that is known need not serve yet; a send would meet that in some partitions and be repeated in all.
      await this.#listOffsets(topic, described, latest)
    })
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.#ask(`deletion of records of ${topic}[${partition}]`, async () => {
      const range = (await this.ranges(topic)).get(partition)
      if (range === undefined) throw new LogError({ kind: 'permanent', message: `topic ${topic} has no partition ${partition}` })
      if (before <= range.start) return
      const leader = (await this.#describe(topic))?.find(({ partitionId }) => partitionId === partition)?.leader ?? -1
      const broker = await this.#cluster.findBroker({ nodeId: leader })
      await broker.deleteRecords({ topics: [{ topic, partitions: [{ partition, offset: String(before) }] }] })
    })
  }

  /** One fetch. Records may begin before the offset asked for, when they share a compressed batch with it. */
  async fetch(leader: number, request: FetchRequest): Promise<readonly FetchedPartition[]> {
    const { topic, offsets, maxBytesPerPartition } = request
    return this.#ask(`fetch from ${topic}`, async () => {
      const broker = await this.#cluster.findBroker({ nodeId: leader })
      const partitions = [...offsets].map(([partition, offset]) => ({
        partition,
        fetchOffset: String(offset),
        maxBytes: maxBytesPerPartition,
      }))
      const answer = await broker.fetch({
        isolationLevel: readCommitted,
        maxWaitTime: request.maxWaitMs,
        minBytes: 1,
        maxBytes: maxBytesPerPartition * 16,
        topics: [{ topic, partitions }],
        rackId: '',
      })
      return answer.responses.flatMap((response) => (response.topicName === topic ? response.partitions : []))
    })
  }

  /** Any number of times. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#connecting?.catch(() => undefined)
    await this.#carrier.disconnect()
  }

  async #listOffsets(topic: string, partitions: readonly PartitionDescription[], timestamp: number): Promise<ReadonlyMap<number, number>> {
    const byLeader = groupByLeader(partitions)
    const answers = await Promise.all(
      [...byLeader].map(async ([leader, led]) => {
        const broker = await this.#cluster.findBroker({ nodeId: leader })
        const wanted = led.map(({ partitionId }) => ({ partition: partitionId, timestamp }))
        return broker.listOffsets({ isolationLevel: readCommitted, topics: [{ topic, partitions: wanted }] }).catch(notServedYet)
      }),
    )
    const offsets = answers.flatMap(({ responses }) => responses.flatMap((response) => response.partitions))
    return new Map(offsets.map(({ partition, offset }) => [partition, parseOffset(offset)]))
  }

  async #describe(topic: string): Promise<readonly PartitionDescription[] | null> {
    const broker = await this.#cluster.findControllerBroker()
    try {
      const { topicMetadata } = await broker.metadata([topic])
      const found = topicMetadata.find((candidate) => candidate.topic === topic)?.partitionMetadata ?? []
      return found.toSorted((a, b) => a.partitionId - b.partitionId)
    } catch (error) {
      if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) return null
      throw error
    }
  }

  async #controller(): Promise<KafkaBroker> {
    await this.#cluster.refreshMetadata()
    return this.#cluster.findControllerBroker()
  }

  async #ensureConnected(): Promise<void> {
    this.#connecting ??= this.#cluster
      .connect()
      .then(() => this.#cluster.refreshMetadata())
      .catch((error: unknown) => {
        this.#connecting = null
        throw error
      })
    await this.#connecting
  }

  /** Tries again what may pass by itself. Rejects with a `LogError`. */
  async #ask<T>(what: string, question: () => Promise<T>): Promise<T> {
    for (let tries = 1, delayMs = firstDelayMs; ; tries += 1, delayMs = Math.min(delayMs * 2, longestDelayMs)) {
      if (this.#closed) throw logClosed('log')
      try {
        await this.#ensureConnected()
        return await question()
      } catch (cause) {
        const error = classifyError(cause, what)
        if (error.kind !== 'transient' || tries >= mostTries) throw error
        await sleep(delayMs)
        await this.#reconnect()
      }
    }
  }

  /** After a failed question: the brokers may have moved. A failure here shows again in the next try. */
  async #reconnect(): Promise<void> {
    try {
      await this.#cluster.refreshMetadata()
    } catch {
      this.#connecting = null
    }
  }
}

/** The topic exists, but one of its leaders has not heard of it yet. When it was deleted meanwhile, the next description says so. */
function notServedYet(error: unknown): never {
  if (!hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) throw error
  throw new LogError({ kind: 'transient', message: 'a leader does not serve the topic yet', cause: error })
}

/** kafkajs gathers the answers for several topics. */
function ignoreExisting(error: unknown): void {
  const errors: unknown = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : [error]
  const existing = Array.isArray(errors) && errors.every((one: unknown) => hasType(one, 'TOPIC_ALREADY_EXISTS'))
  if (!existing) throw error
}

function hasType(error: unknown, type: string): boolean {
  return typeof error === 'object' && error !== null && 'type' in error && error.type === type
}
