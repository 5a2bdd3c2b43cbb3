/** Pure: records with their partitions → kafkajs's request, and its answer → where each record went. */
import type { ProducedRecord, ProduceRecord } from '@drakkar/plugin-sdk/log'
import type { RecordMetadata, TopicMessages } from 'kafkajs'

import { parseOffset, toMessage } from './kafka-record.ts'
import type { SizedRecord } from './plan-batches.ts'

/** What a record costs beside its own bytes, at most. */
const overheadBytes = 64

export interface PlacedRecord extends SizedRecord {
  readonly record: ProduceRecord
}

export function placeRecord(record: ProduceRecord, partition: number): PlacedRecord {
  const headers = (record.headers ?? []).reduce((sum, [name, value]) => sum + name.length * 3 + value.length + 8, 0)
  const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headers + overheadBytes
  return { record, topic: record.topic, partition, bytes }
}

export function topicMessages(records: readonly PlacedRecord[]): TopicMessages[] {
  const topics = new Map<string, TopicMessages>()
  for (const { record, partition } of records) {
    const entry = topics.get(record.topic) ?? { topic: record.topic, messages: [] }
    entry.messages.push(toMessage(record, partition))
    topics.set(record.topic, entry)
  }
  return [...topics.values()]
}

/** Kafka answers with the offset of the first record of each partition's batch; the others follow it. */
export function producedRecords(records: readonly PlacedRecord[], answers: readonly RecordMetadata[]): readonly ProducedRecord[] {
  const nextOffsets = new Map(answers.map((answer) => [placeKey(answer.topicName, answer.partition), baseOffset(answer)]))
  return records.map(({ topic, partition }) => {
    const key = placeKey(topic, partition)
    const offset = nextOffsets.get(key) ?? -1
    if (offset >= 0) nextOffsets.set(key, offset + 1)
    return { topic, partition, offset }
  })
}

function baseOffset(answer: RecordMetadata): number {
  const text = answer.baseOffset ?? answer.offset
  return text === undefined ? -1 : parseOffset(text)
}

function placeKey(topic: string, partition: number): string {
  return `${partition} ${topic}`
}
