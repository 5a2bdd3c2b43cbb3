import { expect, it } from 'vitest'
import type { OutgoingRecord } from './request.ts'
import { unacknowledged } from './unacknowledged.ts'

const record = (topic: string, partition: number): OutgoingRecord => ({
  id: `${topic}-${partition}`,
  index: 0,
  topic,
  message: { key: null, value: Buffer.from('1'), headers: {}, timestamp: '1', partition },
})
const answer = (topicName: string, partition: number, errorCode = 0) => ({ topicName, partition, errorCode })
const partitionOf = ({ message }: OutgoingRecord) => message.partition

it('finds nothing when every partition was acknowledged', () => {
  expect(
    unacknowledged([record('a', 0), record('a', 1), record('b', 0)], [answer('a', 0), answer('a', 1), answer('b', 0)], partitionOf),
  ).toEqual([])
})

it('finds the records of partitions without an answer, with an error, or of another topic', () => {
  const records = [record('a', 0), record('a', 1), record('b', 0), record('b', 1)]
  expect(unacknowledged(records, [answer('a', 0), answer('a', 1, 6), answer('b', 1)], partitionOf)).toEqual([records[1], records[2]])
})

it('finds a record that was never given a partition', () => {
  const lost = record('a', 0)
  expect(unacknowledged([lost], [answer('a', 0)], () => undefined)).toEqual([lost])
})
