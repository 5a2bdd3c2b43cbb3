/** The port to a Kafka cluster, and its implementation on kafkajs. All of kafkajs's peculiarities end here. */
import { openWholeFrameSocket, registerCodecs } from '@drakkar/kafka-codecs'
import { once, redactText, type Logger } from '@drakkar/plugin-sdk'
import kafkajs, { type CompressionTypes as CompressionType, type Kafka, type KafkaConfig, type LogEntry, type Producer } from 'kafkajs'
import { isUnanswered } from './classify-error.ts'
import type { Compression } from './config.ts'
import type { OutgoingRecord } from './request.ts'
import { createStickyPartitioner, type StickyPartitioner } from './sticky-partitioner.ts'
import { unacknowledged } from './unacknowledged.ts'

const { CompressionTypes, logLevel } = kafkajs

export interface KafkaClient {
  connect(): Promise<void>
  /** Number of partitions of a topic. Rejects when it does not exist; never creates it. */
  countPartitions(topic: string): Promise<number>
  /** Sends one request. Resolves with the records the broker did not acknowledge, normally none; rejects when none is known to have arrived. */
  send(records: readonly OutgoingRecord[]): Promise<readonly OutgoingRecord[]>
  /** Safe at any time. */
  disconnect(): Promise<void>
}

export interface KafkaClientOptions {
  readonly connection: Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl' | 'clientId'>
  /** Handed to kafkajs as they are, beneath the options above. */
  readonly clientOptions: Readonly<Record<string, unknown>>
  readonly acks: 'all' | 1
  readonly isIdempotent: boolean
  readonly compression: Compression
  readonly logger: Logger
}

const compressionTypes: Readonly<Record<Compression, CompressionType>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}

/** Short: a moved leader is found again within a second; anything longer is the framework's to retry. */
const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 }
/** kafkajs's own second is too short for a broker under load. */
const connectionTimeout = 5000

export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  if (options.compression !== 'none') registerCodecs()
  return new KafkajsClient(options)
}

class KafkajsClient implements KafkaClient {
  readonly #options: KafkaClientOptions
  readonly #kafka: Kafka
  readonly #partitioner: StickyPartitioner = createStickyPartitioner()
  /** Made by the first send, and again after it was replaced. */
  readonly #producer = once(() => this.#startProducer())
  #current: Producer | undefined

  constructor(options: KafkaClientOptions) {
    this.#options = options
    const { connection, clientOptions, logger } = options
    const ours: KafkaConfig = { ...connection, logLevel: logLevel.WARN, logCreator: () => (entry) => forwardLog(logger, entry) }
    this.#kafka = new kafkajs.Kafka({ connectionTimeout, retry, socketFactory: openWholeFrameSocket, ...clientOptions, ...ours })
  }

  async connect(): Promise<void> {
    await this.#producer()
  }

  async countPartitions(topic: string): Promise<number> {
    const admin = this.#kafka.admin({ retry })
    try {
      await admin.connect()
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.length ?? 0
    } finally {
      await admin.disconnect()
    }
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly OutgoingRecord[]> {
    const { acks, compression, isIdempotent } = this.#options
    const producer = await this.#producer()
    try {
      const acknowledged = await producer.sendBatch({
        acks: acks === 'all' ? -1 : acks,
        compression: compressionTypes[compression],
        topicMessages: byTopic(records),
      })
      return unacknowledged(records, acknowledged, (record) => this.#partitioner.partitionOf(record.message))
    } catch (error) {
      if (isIdempotent || isUnanswered(error)) this.#replaceProducer(producer)
      throw error
    }
  }

  async disconnect(): Promise<void> {
    const producer = this.#current
    this.#current = undefined
    this.#producer.reset()
    await producer?.disconnect()
  }

  async #startProducer(): Promise<Producer> {
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: () => (args) => this.#partitioner.choose(args),
      idempotent: this.#options.isIdempotent,
      retry,
    })
    try {
      await producer.connect()
    } catch (error) {
      await producer.disconnect()
      throw error
    }
    this.#current = producer
    return producer
  }

  /**
   * After a failed request kafkajs counts its sequence numbers back even where the broker has the records. The next records
   * would get the same numbers, and the broker would take them for copies and drop them. A new producer has a new id. And where no
   * answer comes kafkajs goes on with the same connection, which may be dead without anybody having said so: a new producer has
   * a new one.
   */
  #replaceProducer(producer: Producer): void {
    if (this.#current === producer) this.#producer.reset()
    producer.disconnect().catch((error: unknown) => this.#options.logger.debug('kafka_producer_close_error', { error }))
  }
}

function byTopic(records: readonly OutgoingRecord[]): { topic: string; messages: OutgoingRecord['message'][] }[] {
  const topics = new Map<string, OutgoingRecord['message'][]>()
  for (const { topic, message } of records) {
    const messages = topics.get(topic)
    if (messages === undefined) topics.set(topic, [message])
    else messages.push(message)
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }))
}

/** kafkajs would print to the console. What it calls an error also rejects a call, which is where it is reported. */
function forwardLog(logger: Logger, { label, namespace, log }: LogEntry): void {
  const error: unknown = log['error']
  logger.debug('kafka_client_message', { level: label, namespace, message: redactText([log.message, error].filter(Boolean).join(': ')) })
}
