/** R2: how much the framework adds to consuming, parsing, serializing, producing and committing. */
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners, type Admin } from 'kafkajs'
import { batches, messages } from '../messages.ts'
import { contenderPath } from '../package-folder.ts'
import type { Contender, OpenRace, Race, RaceContext, Run } from '../race.ts'
import { writeWorkerConfig } from '../worker-config.ts'

const partitions = 50
const batchSize = 1_000
const tunedPartitionsAtOnce = 4
const topicPollMs = 50
const topicDeadlineMs = 30_000

interface Data {
  readonly broker: string
  readonly source: string
  readonly kafka: Kafka
  readonly context: RaceContext
}

export const precomputedToKafka: Race = {
  name: 'precomputed-to-kafka',
  title: 'Precomputed results, Kafka to Kafka',
  about:
    `Consume JSON of 200 bytes from ${partitions} partitions, parse it, write it as JSON to another topic with acks=all, commit. ` +
    'Measured from the first records handed over by the client to the last commit accepted by the broker. Each run has a fresh ' +
    'group and a fresh target topic, which must hold every message in the end.',
  defaultMessages: 20_000,
  open,
}

async function open(context: RaceContext): Promise<OpenRace> {
  const broker = await context.kafka()
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING })
  const data: Data = { broker, source: `bench-source-${process.pid}-${Date.now().toString(36)}`, kafka, context }
  await createTopic(kafka, data.source)
  await createTopic(kafka, `${data.source}_dlq`)
  await fill(data)
  return {
    contenders: [kafkajs(data, 1), kafkajs(data, tunedPartitionsAtOnce), drakkar(data, 'default'), drakkar(data, 'tuned')],
    leftOut: [],
    close: () => deleteTopics(kafka, [data.source, `${data.source}_dlq`]),
  }
}

function kafkajs(data: Data, partitionsAtOnce: number): Contender {
  const name = partitionsAtOnce === 1 ? 'kafkajs' : 'kafkajs-tuned'
  return {
    name,
    about: `bare kafkajs eachBatch loop, sendBatch and commit awaited per batch, partitionsConsumedConcurrently ${partitionsAtOnce}`,
    prepare: (id) =>
      onFreshTarget(data, id, (target) => {
        const args = [data.broker, data.source, target, target, String(data.context.messages), String(partitionsAtOnce)]
        return Promise.resolve([contenderPath('kafkajs-relay'), ...args])
      }),
  }
}

const workerSettings = {
  default: { about: 'Drakkar with its defaults', kafka: {}, executor: {} },
  tuned: {
    about: 'Drakkar with max_poll_records 500, window_size 500, backpressure multipliers 1000 and 250',
    kafka: { max_poll_records: 500 },
    executor: { window_size: 500, backpressure_high_multiplier: 1_000, backpressure_low_multiplier: 250 },
  },
}

function drakkar(data: Data, kind: 'default' | 'tuned'): Contender {
  const settings = workerSettings[kind]
  return {
    name: kind === 'default' ? 'drakkar' : 'drakkar-tuned',
    about: settings.about,
    prepare: (id) =>
      onFreshTarget(data, id, async (target) => {
        const config = await writeWorkerConfig(join(data.context.folder, `${target}.yaml`), {
          kafka: { brokers: data.broker, source_topic: data.source, consumer_group: target, ...settings.kafka },
          executor: settings.executor,
          sinks: { kafka: { target: { topic: target } } },
        })
        return [contenderPath('drakkar-precomputed'), config, String(data.context.messages)]
      }),
  }
}

/** A run that writes to a topic of its own; the check counts it and removes it. */
async function onFreshTarget({ kafka, source, context }: Data, id: string, args: (target: string) => Promise<string[]>): Promise<Run> {
  const target = `${source}-${id}`
  await createTopic(kafka, target)
  return {
    command: process.execPath,
    args: await args(target),
    verify: async () => {
      const offsets = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(target))
      const found = offsets.reduce((sum, { high }) => sum + Number(high), 0)
      await deleteTopics(kafka, [target])
      if (found !== context.messages) throw new Error(`${found} messages in the target topic instead of ${context.messages}`)
    },
  }
}

/** Resolves when every partition has a leader: kafkajs' own wait gives up while the broker does not know the topic yet. */
function createTopic(kafka: Kafka, topic: string): Promise<void> {
  return withAdmin(kafka, async (admin) => {
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] })
    const deadlineMs = performance.now() + topicDeadlineMs
    while (!(await isUsable(admin, topic))) {
      if (performance.now() > deadlineMs) throw new Error(`topic ${topic} has no leaders after ${topicDeadlineMs} ms`)
      await setTimeout(topicPollMs)
    }
  })
}

async function isUsable(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0)
  } catch (error) {
    if (error instanceof Error && 'retriable' in error && error.retriable === true) return false
    throw error
  }
}

function deleteTopics(kafka: Kafka, topics: string[]): Promise<void> {
  return withAdmin(kafka, (admin) => admin.deleteTopics({ topics }))
}

/** A client for each use: one that has asked for a topic goes on asking for it, and fails once it is deleted. */
async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

async function fill({ kafka, source, context }: Data): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (const batch of batches(messages(context.messages), batchSize)) await producer.send({ topic: source, messages: batch })
  await producer.disconnect()
}
