/** A real broker, its address from `DRAKKAR_TEST_KAFKA`, with a topic of its own for each test. */
import { randomUUID } from 'node:crypto'
import kafkajs, { type Admin, type Kafka, type KafkaMessage } from 'kafkajs'
import { registerCodecs } from '@drakkar/kafka-codecs'
import { SeverableSockets } from './severable-sockets.ts'

export const brokers = process.env['DRAKKAR_TEST_KAFKA'] ?? ''
/** For the titles of suites: without a broker they say why they do not run. */
export const leftOut = brokers === '' ? ': LEFT OUT, DRAKKAR_TEST_KAFKA is not set to a broker (HOST:PORT)' : ''

export type ReadMessage = Pick<KafkaMessage, 'key' | 'value' | 'headers' | 'timestamp'> & { readonly partition: number }

export class RealTopic {
  readonly name: string
  /** Of the sink under test, not of this class. */
  readonly sockets = new SeverableSockets()
  readonly #kafka: Kafka
  readonly #admin: Admin

  private constructor(kafka: Kafka, admin: Admin) {
    this.name = `sink-kafka-test-${randomUUID()}`
    this.#kafka = kafka
    this.#admin = admin
  }

  static async create(numPartitions = 1): Promise<RealTopic> {
    registerCodecs()
    const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const topic = new RealTopic(kafka, admin)
    await admin.createTopics({ topics: [{ topic: topic.name, numPartitions }], waitForLeaders: false })
    await topic.#untilUsable(numPartitions)
    return topic
  }

  /** kafkajs's own wait fails when it asks before the broker has heard of the topic. */
  async #untilUsable(numPartitions: number): Promise<void> {
    const deadline = Date.now() + 15_000
    for (;;) {
      try {
        if ((await this.#admin.fetchTopicOffsets(this.name)).length === numPartitions) return
      } catch (error) {
        if (Date.now() > deadline) throw error
      }
      if (Date.now() > deadline) throw new Error(`Topic ${this.name} did not become usable`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Everything in the topic, in order within each partition. */
  async read(): Promise<readonly ReadMessage[]> {
    const offsets = await this.#admin.fetchTopicOffsets(this.name)
    const total = offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    const deadline = Date.now() + 15_000
    for (;;) {
      try {
        return total === 0 ? [] : await this.#readOnce(total)
      } catch (error) {
        // A broker that has just started still loads the coordinator of its first group.
        if (Date.now() > deadline) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  async #readOnce(total: number): Promise<readonly ReadMessage[]> {
    const messages: ReadMessage[] = []
    const consumer = this.#kafka.consumer({ groupId: `${this.name}-${randomUUID()}` })
    await consumer.connect()
    try {
      await consumer.subscribe({ topic: this.name, fromBeginning: true })
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
        const eachMessage = async ({ partition, message }: { partition: number; message: KafkaMessage }) => {
          messages.push({ ...message, partition })
          if (messages.length >= total) resolve()
        }
        consumer.run({ eachMessage }).catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
    return messages
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.deleteTopics({ topics: [this.name] })
    await this.#admin.disconnect()
  }
}
