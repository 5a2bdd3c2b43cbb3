import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordMessage } from './request.ts'
import { createStickyPartitioner } from './sticky-partitioner.ts'

const metadata = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
    offlineReplicas: [],
  }))
const message = (overrides: Partial<RecordMessage> = {}): RecordMessage => ({
  key: null,
  value: Buffer.from('1'),
  headers: {},
  timestamp: '1',
  ...overrides,
})
const ask = (partitioner: ReturnType<typeof createStickyPartitioner>, one: RecordMessage, count: number) =>
  partitioner.choose({ topic: 't', partitionMetadata: metadata(count), message: one })

describe('createStickyPartitioner', () => {
  it('gives a record without a key the same partition when it is asked again', () => {
    const partitioner = createStickyPartitioner()
    const messages = Array.from({ length: 10 }, () => message())
    const first = messages.map((one) => ask(partitioner, one, 5))
    expect(new Set(first).size).toBe(5)
    expect(messages.map((one) => ask(partitioner, one, 5))).toEqual(first)
    expect(messages.map((one) => partitioner.partitionOf(one))).toEqual(first)
  })

  it('keeps a partition when the topic has grown since', () => {
    const partitioner = createStickyPartitioner()
    const one = message({ key: Buffer.from('k') })
    expect(ask(partitioner, one, 50)).toBe(ask(partitioner, one, 500))
  })

  it('agrees for all records of one key', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 50 }), (key, count) => {
        const partitioners = [createStickyPartitioner(), createStickyPartitioner()]
        const [a, b] = partitioners.map((one) => ask(one, message({ key: Buffer.from(key) }), count))
        expect(a).toBe(b)
      }),
    )
  })

  it.each([3, 99])('refuses partition %i of a topic with three, instead of losing the record', (partition) => {
    expect(() => ask(createStickyPartitioner(), message({ partition }), 3)).toThrow('has 3 partitions')
  })
})
