/** R2: how much the framework adds to consuming, parsing, serializing, producing and committing. */
import { join } from 'node:path'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { createTopic, deleteTopics, withAdmin } from '../kafka-topics.ts'
import { batches, messages } from '../messages.ts'
import { contenderPath } from '../package-folder.ts'
import type { Contender, OpenRace, Race, RaceContext, Run } from '../race.ts'
import { writeWorkerConfig } from '../worker-config.ts'

const partitions = 50
const batchSize = 1_000
const tunedPartitionsAtOnce = 4

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
  await createTopic(kafka, { topic: data.source, partitions })
  await createTopic(kafka, { topic: `${data.source}_dlq`, partitions })
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
  await createTopic(kafka, { topic: target, partitions })
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

async function fill({ kafka, source, context }: Data): Promise<void> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (const batch of batches(messages(context.messages), batchSize)) await producer.send({ topic: source, messages: batch })
  await producer.disconnect()
}
