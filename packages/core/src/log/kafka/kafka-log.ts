/** `MessageLog` on Kafka through kafkajs. What kafkajs does differently from its word is handled in this folder only. */
import { registerCodecs } from '@drakkar/kafka-codecs'
import { redactText, type Logger } from '@drakkar/plugin-sdk'
import type {
  ConsumerOptions,
  LogAdmin,
  LogConsumer,
  LogOpenContext,
  LogProducer,
  LogRecord,
  MessageLog,
  ReadOptions,
} from '@drakkar/plugin-sdk/log'
import type { CompressionTypes } from 'kafkajs'

import { logClosed } from '../log-errors.ts'
import { ClusterAccess } from './cluster-access.ts'
import type { KafkaSettings } from './connection.ts'
import { KafkaAdmin } from './kafka-admin.ts'
import { KafkaConsumer } from './kafka-consumer.ts'
import { KafkaProducer } from './kafka-producer.ts'
import { readTopic } from './kafka-reader.ts'

export interface KafkaProducerOptions {
  /** Default: none. */
  readonly compression?: CompressionTypes
}

export class KafkaLog implements MessageLog {
  readonly kind = 'kafka'
  readonly description: string
  readonly #settings: KafkaSettings
  readonly #logger: Logger
  readonly #workerId: string
  /** Shared by everything that needs no membership. Connects with the first question. */
  readonly #access: ClusterAccess
  readonly #consumers = new Set<KafkaConsumer>()
  readonly #producers = new Set<KafkaProducer>()
  #closing: Promise<void> | null = null

  /** Connects to nothing. Throws a permanent `LogError` when the settings cannot be used (no broker, TLS file missing). */
  constructor(settings: KafkaSettings, context: LogOpenContext) {
    registerCodecs()
    this.#settings = settings
    this.#logger = context.logger
    this.#workerId = context.workerId
    this.description = redactText(`kafka ${settings.brokers}`)
    this.#access = new ClusterAccess(settings, this.#identity('access'))
  }

  consumer(options: ConsumerOptions): LogConsumer {
    this.#assertOpen()
    const context = { settings: this.#settings, identity: this.#identity('consumer'), access: this.#access }
    const consumer = new KafkaConsumer(options, context)
    this.#consumers.add(consumer)
    return consumer
  }

  producer(options: KafkaProducerOptions = {}): LogProducer {
    this.#assertOpen()
    const context = { settings: this.#settings, identity: this.#identity('producer'), access: this.#access, ...options }
    const producer = new KafkaProducer(context)
    this.#producers.add(producer)
    return producer
  }

  admin(): LogAdmin {
    this.#assertOpen()
    return new KafkaAdmin(this.#access)
  }

  read(topic: string, options: ReadOptions): AsyncIterable<LogRecord> {
    this.#assertOpen()
    return readTopic(this.#access, topic, options)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const clients = [
      ...[...this.#consumers].map((consumer) => consumer.stop()),
      ...[...this.#producers].map((producer) => producer.close()),
    ]
    const outcomes = await Promise.allSettled(clients)
    await this.#access.close()
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    if (errors.length > 0) throw new AggregateError(errors, 'the Kafka log could not be closed cleanly')
  }

  #identity(role: string) {
    return { clientId: `${this.#workerId}-${role}`, logger: this.#logger }
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw logClosed('log')
  }
}
