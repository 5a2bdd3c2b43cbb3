/** Records in Kafka, with kafkajs. */
import { kafkaSink } from '@drakkar/sink-kafka'
import { Kafka, logLevel, Partitioners, type Message } from 'kafkajs'
import { createTopic, deleteTopics, withAdmin } from '../kafka-topics.ts'
import { messageData, type MessageData } from '../messages.ts'
import type { BareDriver, Place, SinkTarget } from './target.ts'

interface RecordPayload extends Readonly<Record<string, unknown>> {
  readonly key: string
  readonly data: MessageData
}

const partitions = 8
const acks = -1
/** As the sink's. A broker that is gone ends the run soon. */
const retry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 }

export const kafkaTarget: SinkTarget<RecordPayload> = {
  definition: kafkaSink,
  config: ({ url, name }) => ({ brokers: url, topic: name }),
  payload: (_place, index) => ({ key: `key-${index}`, data: messageData(index) }),
  openBare,
  describe: () => Promise.resolve(`Apache Kafka, ${partitions} partitions, acks all`),
  create: ({ url, name }) => createTopic(clusterAt(url), { topic: name, partitions }),
  count: ({ url, name }) =>
    withAdmin(clusterAt(url), async (admin) => {
      const offsets = await admin.fetchTopicOffsets(name)
      return offsets.reduce((sum, { high }) => sum + Number(high), 0)
    }),
  drop: ({ url, name }) => deleteTopics(clusterAt(url), [name]),
}

async function openBare({ url, name: topic }: Place): Promise<BareDriver<RecordPayload>> {
  const producer = clusterAt(url).producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const send = async (messages: Message[]): Promise<void> => {
    await producer.send({ topic, acks, messages })
  }
  return {
    sendBatch: (payloads) => send(payloads.map(toMessage)),
    sendOne: (payload) => send([toMessage(payload)]),
    close: () => producer.disconnect(),
  }
}

function toMessage({ key, data }: RecordPayload): Message {
  return { key, value: JSON.stringify(data) }
}

function clusterAt(url: string): Kafka {
  return new Kafka({ brokers: [url], retry, logLevel: logLevel.NOTHING })
}
