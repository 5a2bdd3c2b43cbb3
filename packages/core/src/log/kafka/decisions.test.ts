import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type Generation, initialMembership, keepsOwnership, type Membership, type MembershipEvent, nextMembership } from './membership.ts'
import { judgeBatch } from './partition-position.ts'
import { planBatches } from './plan-batches.ts'
import { planStart } from './plan-start.ts'
import { startPosition } from './start-position.ts'

const first: Generation = { memberId: 'm', generationId: 1 }
const second: Generation = { memberId: 'm', generationId: 2 }
const follow = (...events: MembershipEvent[]): Membership => events.reduce(nextMembership, initialMembership)

describe('membership', () => {
  it('is stable after a join, rebalancing after the announcement, stable again with the next join', () => {
    expect(follow({ type: 'joined', generation: first })).toEqual({ phase: 'stable', generation: first })
    const announced = [{ type: 'joined', generation: first }, { type: 'rebalancing' }] as const
    expect(follow(...announced)).toEqual({ phase: 'rebalancing', generation: first })
    expect(follow(...announced, { type: 'joined', generation: second })).toEqual({ phase: 'stable', generation: second })
  })

  it('ends a rebalance that no join follows with a heartbeat of the same generation only', () => {
    const announced = [{ type: 'joined', generation: first }, { type: 'rebalancing' }] as const
    expect(follow(...announced, { type: 'heartbeat', generation: first }).phase).toBe('stable')
    expect(follow(...announced, { type: 'heartbeat', generation: second }).phase).toBe('rebalancing')
    expect(follow(...announced, { type: 'heartbeat', generation: { memberId: 'other', generationId: 1 } }).phase).toBe('rebalancing')
  })

  it('never leaves the end', () => {
    const event = fc.constantFrom<MembershipEvent>(
      { type: 'joined', generation: first },
      { type: 'rebalancing' },
      { type: 'expelled' },
      { type: 'heartbeat', generation: first },
    )
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, after) => follow(...before, { type: 'ended' }, ...after).phase === 'ended'),
    )
  })

  it('keeps ownership over a join of the same member, not over one as a new member or after it was expelled', () => {
    const stable = follow({ type: 'joined', generation: first })
    expect(keepsOwnership(stable, { memberId: 'm', generationId: 7 })).toBe(true)
    expect(keepsOwnership(nextMembership(stable, { type: 'rebalancing' }), second)).toBe(true)
    expect(keepsOwnership(stable, { memberId: 'new', generationId: 2 })).toBe(false)
    expect(keepsOwnership(nextMembership(stable, { type: 'expelled' }), second)).toBe(false)
    expect(keepsOwnership(initialMembership, first)).toBe(false)
  })
})

describe('startPosition', () => {
  const range = { start: 5, end: 10 }
  const policies = (offsetReset: 'earliest' | 'latest', onOffsetOutOfRange: 'stop' | 'earliest' | 'latest') => ({
    offsetReset,
    onOffsetOutOfRange,
  })

  it('without a committed offset follows the reset policy', () => {
    expect(startPosition(null, range, policies('earliest', 'stop'))).toEqual({ next: 5, outOfRange: false })
    expect(startPosition(null, range, policies('latest', 'stop'))).toEqual({ next: 10, outOfRange: false })
  })

  it.each([5, 7, 10])('takes a committed offset that exists or is the end: %i', (committed) => {
    expect(startPosition(committed, range, policies('latest', 'latest'))).toEqual({ next: committed, outOfRange: false })
  })

  it.each([4, 11])('follows the policy for one that does not exist: %i', (committed) => {
    expect(startPosition(committed, range, policies('latest', 'stop'))).toEqual({ next: committed, outOfRange: true })
    expect(startPosition(committed, range, policies('latest', 'earliest'))).toEqual({ next: 5, outOfRange: true })
    expect(startPosition(committed, range, policies('earliest', 'latest'))).toEqual({ next: 10, outOfRange: true })
  })
})

describe('planStart', () => {
  const options = { topic: 't', group: 'g', maxPollRecords: 1, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' } as const

  it('keeps a partition silent and reports it when its committed offset is gone', () => {
    const positions = {
      committed: new Map([
        [0, 2],
        [1, 7],
      ]),
      ranges: new Map([
        [0, { start: 5, end: 10 }],
        [1, { start: 0, end: 9 }],
      ]),
    }
    const [gone, fine] = planStart([0, 1], positions, options)
    expect(gone).toMatchObject({ partition: 0, committed: 2, next: 2, silent: true })
    expect(gone?.error?.code).toBe('DRK_LOG_OFFSET_OUT_OF_RANGE')
    expect(fine).toEqual({ partition: 1, committed: 7, next: 7, silent: false, error: null })
  })

  it('moves and reports with another policy', () => {
    const positions = { committed: new Map([[0, 2]]), ranges: new Map([[0, { start: 5, end: 10 }]]) }
    const [moved] = planStart([0], positions, { ...options, onOffsetOutOfRange: 'latest' })
    expect(moved).toMatchObject({ next: 10, silent: false })
    expect(moved?.error?.message).toContain('latest')
  })
})

describe('judgeBatch', () => {
  it('drops what was delivered before, keeps gaps of the log', () => {
    expect(judgeBatch(5, { fetchedOffset: 3, offsets: [3, 4, 5, 6] })).toEqual({ kind: 'deliver', fromIndex: 2 })
    expect(judgeBatch(5, { fetchedOffset: 5, offsets: [8, 9] })).toEqual({ kind: 'deliver', fromIndex: 0 })
    expect(judgeBatch(5, { fetchedOffset: 2, offsets: [2, 3] })).toEqual({ kind: 'known' })
  })

  it('goes back when kafkajs asked for something beyond our position', () => {
    expect(judgeBatch(5, { fetchedOffset: 6, offsets: [6, 7] })).toEqual({ kind: 'skipped' })
  })
})

describe('planBatches', () => {
  const record = fc.record({ topic: fc.constantFrom('a', 'b'), partition: fc.nat({ max: 2 }), bytes: fc.integer({ min: 1, max: 60 }) })
  const limits = { maxBytesPerPartition: 100, maxBytesPerRequest: 150 }

  it('keeps every record once and in order', () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(planBatches(records, limits).flat()).toEqual(records)
      }),
    )
  })

  it('never exceeds a limit with more than one record', () => {
    const large = fc.record({ topic: fc.constant('a'), partition: fc.nat({ max: 2 }), bytes: fc.integer({ min: 1, max: 400 }) })
    fc.assert(
      fc.property(fc.array(large), (records) => {
        for (const request of planBatches(records, limits)) {
          for (const partition of [0, 1, 2]) {
            const own = request.filter((one) => one.partition === partition)
            if (own.length > 1) expect(own.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limits.maxBytesPerPartition)
          }
          if (request.length > 1) expect(request.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limits.maxBytesPerRequest)
        }
      }),
    )
  })

  it('plans nothing for nothing', () => {
    expect(planBatches([], limits)).toEqual([])
  })
})
