/**
 * A producer on kafkajs: every record acknowledged by all in-sync replicas, one request at a time. A request that failed
 * in one partition is tried again as a whole, so records may be stored twice. kafkajs's idempotent mode is no way out: it
 * takes its sequence numbers back after a failure, and the broker would drop the next batch as a duplicate.
 */
import type { CallOptions } from '@drakkar/plugin-sdk'
import type { LogProducer, ProducedRecord, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'
import kafkajs from 'kafkajs'
import type { CompressionTypes, Producer } from 'kafkajs'

import { logClosed, notConnected } from '../log-errors.ts'
import { abortable } from '../../runtime/abortable.ts'
import { classifyError } from './classify-error.ts'
import type { ClusterAccess } from './cluster-access.ts'
import { type ClientIdentity, clientConfig, type KafkaSettings, requestRetry } from './connection.ts'
import { watchConnections } from './dead-connections.ts'
import { planBatches } from './plan-batches.ts'
import { placeRecord, producedRecords, topicMessages } from './produce-request.ts'
import { SendQueue } from './send-queue.ts'
import { TopicPartitions } from './topic-partitions.ts'

const limits = { maxBytesPerPartition: 900_000, maxBytesPerRequest: 8 * 1024 * 1024 }
const allInSync = -1

export interface KafkaProducerContext {
  readonly settings: KafkaSettings
  readonly identity: ClientIdentity
  readonly access: ClusterAccess
  /** Default: none. */
  readonly compression?: CompressionTypes
}

export class KafkaProducer implements LogProducer {
  readonly #context: KafkaProducerContext
  readonly #producer: Producer
  readonly #topics: TopicPartitions
  readonly #queue: SendQueue<ProduceRecord, ProducedRecord>
  #connecting: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(context: KafkaProducerContext) {
    this.#context = context
    const connections = watchConnections(clientConfig(context.settings, context.identity, requestRetry))
    const kafka = new kafkajs.Kafka(connections.config)
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      // Never asked: every message has its partition. Named, because kafkajs warns when it is not.
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    this.#producer.on(this.#producer.events.REQUEST_TIMEOUT, connections.onRequestTimeout)
    this.#topics = new TopicPartitions(context.access)
    this.#queue = new SendQueue({ send: (records) => this.#store(records), isShared: isTransient })
  }

  async connect(call: CallOptions): Promise<void> {
    if (this.#closing !== null) throw logClosed('producer')
    call.signal.throwIfAborted()
    this.#connecting ??= this.#producer.connect().catch((error: unknown) => {
      this.#connecting = null
      throw classifyError(error, 'connection of the producer')
    })
    await abortable(this.#connecting, call.signal)
  }

  async send(records: readonly ProduceRecord[]): Promise<readonly ProducedRecord[]> {
    if (this.#closing !== null) throw logClosed('producer')
    if (this.#connecting === null) throw notConnected()
    if (records.length === 0) return []
    return this.#queue.add(records)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#queue.idle()
    await this.#connecting?.catch(() => undefined)
    await this.#producer.disconnect()
  }

  async #store(records: readonly ProduceRecord[]): Promise<readonly ProducedRecord[]> {
    const topics = new Set(records.map(({ topic }) => topic))
    try {
      await this.#topics.learn(topics)
      const placed = records.map((record) => placeRecord(record, this.#topics.choose(record)))
      const produced: ProducedRecord[] = []
      for (const request of planBatches(placed, limits)) {
        const { compression } = this.#context
        const batch = { topicMessages: topicMessages(request), acks: allInSync, ...(compression === undefined ? {} : { compression }) }
        produced.push(...producedRecords(request, await this.#producer.sendBatch(batch)))
      }
      return produced
    } catch (error) {
      this.#topics.forget()
      throw classifyError(error, `send to ${[...topics].join(', ')}`)
    }
  }
}

function isTransient(error: unknown): boolean {
  return LogError.isInstance(error) && error.kind === 'transient'
}
