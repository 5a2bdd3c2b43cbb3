/**
 * The records of a request that no broker acknowledged although kafkajs reports success. When a leader moves between two
 * attempts, kafkajs forgets the records it should send to a broker that has answered already.
 */
import type { OutgoingRecord } from './request.ts'

/** The part of kafkajs's answer that is used: one entry for each partition. */
export interface PartitionAnswer {
  readonly topicName: string
  readonly partition: number
  readonly errorCode: number
}

export function unacknowledged(
  records: readonly OutgoingRecord[],
  answers: readonly PartitionAnswer[],
  partitionOf: (record: OutgoingRecord) => number | undefined,
): readonly OutgoingRecord[] {
  const stored = new Map<string, Set<number | undefined>>()
  for (const { topicName, partition, errorCode } of answers) {
    if (errorCode !== 0) continue
    const partitions = stored.get(topicName)
    if (partitions === undefined) stored.set(topicName, new Set([partition]))
    else partitions.add(partition)
  }
  return records.filter((record) => stored.get(record.topic)?.has(partitionOf(record)) !== true)
}
