/** Topics of the races. */
import { setTimeout } from 'node:timers/promises'
import type { Admin, Kafka } from 'kafkajs'

const pollMs = 50
const deadlineMs = 30_000

export interface NewTopic {
  readonly topic: string
  readonly partitions: number
}

/** Resolves when every partition has a leader: kafkajs' own wait gives up while the broker does not know the topic yet. */
export function createTopic(kafka: Kafka, wanted: NewTopic): Promise<void> {
  return withAdmin(kafka, async (admin) => {
    const { topic, partitions } = wanted
    await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] })
    const endMs = performance.now() + deadlineMs
    while (!(await isUsable(admin, wanted))) {
      if (performance.now() > endMs) throw new Error(`topic ${topic} has no leaders after ${deadlineMs} ms`)
      await setTimeout(pollMs)
    }
  })
}

async function isUsable(admin: Admin, { topic, partitions }: NewTopic): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.length === partitions && topics[0].partitions.every(({ leader }) => leader >= 0)
  } catch (error) {
    if (error instanceof Error && 'retriable' in error && error.retriable === true) return false
    throw error
  }
}

export function deleteTopics(kafka: Kafka, topics: string[]): Promise<void> {
  return withAdmin(kafka, (admin) => admin.deleteTopics({ topics }))
}

/** A client for each use: one that has asked for a topic goes on asking for it, and fails once it is deleted. */
export async function withAdmin<T>(kafka: Kafka, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}
