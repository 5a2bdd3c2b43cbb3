/**
 * `node kafkajs-relay.js BROKER SOURCE TARGET GROUP MESSAGES PARTITIONS_AT_ONCE`: a bare kafkajs loop that does the same
 * work: parse, serialize, produce, wait for the acknowledgement, commit.
 */
import { CompressionTypes, Kafka, logLevel, Partitioners, type EachBatchPayload, type Producer } from 'kafkajs'
import { publish, Stopwatch } from './stopwatch.ts'

const [broker = '', source = '', target = '', groupId = '', messages = '', partitionsAtOnce = ''] = process.argv.slice(2)
const expected = Number(messages)
const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR })
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
const consumer = kafka.consumer({ groupId })
const stopwatch = new Stopwatch()

await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: source, fromBeginning: true })
const measurement = await new Promise<ReturnType<Stopwatch['stop']>>((resolve, reject) => {
  let committed = 0
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
  const run = consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: Number(partitionsAtOnce),
    eachBatch: async ({ batch }) => {
      stopwatch.start()
      await relay(producer, batch)
      const next = Number(batch.lastOffset()) + 1
      await consumer.commitOffsets([{ topic: source, partition: batch.partition, offset: String(next) }])
      committed += batch.messages.length
      if (committed >= expected) resolve(stopwatch.stop(committed))
    },
  })
  run.catch(reject)
})
await consumer.disconnect()
await producer.disconnect()
publish(measurement)

async function relay(to: Producer, { messages: received }: EachBatchPayload['batch']): Promise<void> {
  const records = received.map(({ key, value }) => {
    const payload: unknown = JSON.parse(value?.toString() ?? 'null')
    return { key, value: JSON.stringify(payload) }
  })
  await to.sendBatch({ acks: -1, compression: CompressionTypes.None, topicMessages: [{ topic: target, messages: records }] })
}
