/** Topics with holes in their offsets. Every partition ends with a plain record, so that the end can be committed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog, validateConfig } from '@drakkar/core'
import { createTestContext } from '@drakkar/plugin-sdk/testing'
import kafkajs from 'kafkajs'
import type { Producer } from 'kafkajs'

interface TopicPlan {
  readonly brokers: string[]
  readonly partitions: number
}

const perPartition = 300

/** A third of the batches is aborted, a third committed, a third plain. Markers and aborted records leave holes. */
export async function transactionalTopic(topic: string, { brokers, partitions }: TopicPlan): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
  await createTopic(kafka, { topic, numPartitions: partitions })
  const plain = kafka.producer({ createPartitioner: byNumber })
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1, createPartitioner: byNumber })
  await Promise.all([plain.connect(), producer.connect()])
  for (let round = 0; round < perPartition / 4; round += 1) {
    if (round % 3 === 0) await plain.send({ topic, messages: messages(partitions, 5) })
    else {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: messages(partitions, 5) })
      if (round % 3 === 1) await transaction.abort()
      else await transaction.commit()
    }
  }
  await plain.send({ topic, messages: messages(partitions, 1) })
  await Promise.all([plain.disconnect(), producer.disconnect()])
}

/** Few keys, so that most records go; resolves when the cleaner has been there. */
export async function compactedTopic(topic: string, { brokers, partitions }: TopicPlan): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
  const settings = {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'max.compaction.lag.ms': '100',
  }
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }))
  await createTopic(kafka, { topic, numPartitions: partitions, configEntries })
  const producer = kafka.producer({ createPartitioner: byNumber })
  await producer.connect()
  for (let round = 0; round < 8; round += 1) {
    await producer.send({ topic, messages: messages(partitions, perPartition / 6, round) })
    await sleep(200)
  }
  await untilCompacted(topic, { producer, brokers, partitions })
  await producer.disconnect()
}

/** `partition/offset` of every record that can be read, transactions that were aborted excluded. */
export async function offsetsIn(topic: string, brokers: string): Promise<readonly string[]> {
  const { config } = validateConfig({ kafka: { brokers } })
  const log = await openLog(config, { logger: createTestContext().logger, workerId: 'lab' })
  const found: string[] = []
  for await (const { partition, offset } of log.read(topic, { signal: AbortSignal.timeout(60_000) })) found.push(`${partition}/${offset}`)
  await log.close()
  return found
}

/** Segments are closed by later records only, so some are sent until records are gone everywhere. */
async function untilCompacted(topic: string, rest: TopicPlan & { readonly producer: Producer }): Promise<void> {
  const { producer, brokers, partitions } = rest
  for (let tries = 0; tries < 60; tries += 1) {
    await producer.send({ topic, messages: messages(partitions, 1, 1000 + tries) })
    await sleep(500)
    const left = (await offsetsIn(topic, brokers.join(','))).length
    if (left < (partitions * perPartition * 8) / 6) {
      // What the cleaner is still busy with would change under the workers.
      await sleep(2000)
      return
    }
  }
  throw new Error(`nothing of ${topic} was compacted within 30 s`)
}

/** In each partition every third key is new, so that some records of each round survive a compaction. */
function messages(partitions: number, count: number, round = 0) {
  return Array.from({ length: partitions * count }, (_, index) => {
    const n = Math.floor(index / partitions)
    return {
      key: n % 3 === 0 ? `${round}-${n}` : `${n % 2}`,
      headers: { partition: String(index % partitions) },
      value: Buffer.from(`{"round":${round}}`),
    }
  })
}

function byNumber() {
  return ({ message }: { message: { headers?: Record<string, unknown> } }): number => Number(message.headers?.['partition'])
}

async function createTopic(kafka: kafkajs.Kafka, config: kafkajs.ITopicConfig): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [config], waitForLeaders: true })
  await admin.disconnect()
}
