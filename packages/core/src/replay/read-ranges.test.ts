import { describe, expect, it } from 'vitest'
import { planRanges, sizeOf } from './read-ranges.ts'
import { shareBroker } from './same-brokers.ts'

const offsets = new Map([
  [1, { start: 0, end: 5 }],
  [0, { start: 10, end: 20 }],
  [2, { start: 7, end: 7 }],
])
const all = { partitions: null, fromOffset: null, toOffset: null }

describe('planRanges', () => {
  it.each([
    [
      'everything',
      all,
      [],
      [
        [0, 10, 20],
        [1, 0, 5],
      ],
    ],
    ['one partition', { ...all, partitions: [1] }, [], [[1, 0, 5]]],
    ['from an offset on', { ...all, fromOffset: 12 }, [], [[0, 12, 20]]],
    ['up to an offset', { ...all, toOffset: 3 }, [], [[1, 0, 4]]],
    ['a single offset', { partitions: [0], fromOffset: 15, toOffset: 15 }, [], [[0, 15, 16]]],
    [
      'what a checkpoint has left',
      all,
      [
        [0, 18],
        [1, 5],
      ],
      [[0, 18, 20]],
    ],
    [
      'what retention has left of a checkpoint',
      all,
      [[0, 3]],
      [
        [0, 10, 20],
        [1, 0, 5],
      ],
    ],
  ] as const)('%s', (_case, options, positions, expected) => {
    const ranges = planRanges(offsets, options, new Map(positions))
    expect([...ranges].map(([partition, { start, end }]) => [partition, start, end])).toEqual(expected)
  })

  it('says how much there is to read at most', () => {
    expect(sizeOf(planRanges(offsets, all))).toBe(15)
  })
})

describe('shareBroker', () => {
  it.each([
    ['a:9092', 'a:9092', true],
    ['a:9092,b:9092', 'c:1, B', true],
    ['localhost:9092', '127.0.0.1:9092', true],
    ['localhost', '[::1]:9092', true],
    ['a:9092', 'a:9093', false],
    ['a:1,b:1', 'c:1', false],
    ['embedded ./x.db', 'embedded ./x.db', true],
    ['embedded ./x.db', 'localhost:9092', false],
  ])('%s and %s: %s', (one, other, shared) => {
    expect([shareBroker(one, other), shareBroker(other, one)]).toEqual([shared, shared])
  })
})
