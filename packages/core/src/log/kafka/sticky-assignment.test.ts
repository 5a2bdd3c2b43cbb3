import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'

import { decodeClaim, encodeClaim, stickyAssigner } from './sticky-assigner.ts'
import { type MemberClaim, stickyAssignment } from './sticky-assignment.ts'

const partitionsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const claimsOf = (shares: ReadonlyMap<string, readonly number[]>, generationId = 1): MemberClaim[] =>
  [...shares].map(([memberId, owned]) => ({ memberId, generationId, owned }))
const newcomer = (memberId: string): MemberClaim => ({ memberId, generationId: -1, owned: [] })

describe('stickyAssignment', () => {
  const claim = fc.record({ generationId: fc.integer({ min: -1, max: 3 }), owned: fc.uniqueArray(fc.nat({ max: 25 })) })
  const claims = fc
    .array(claim, { minLength: 1, maxLength: 6 })
    .map((list) => list.map((one, index) => ({ ...one, memberId: `m${index}` })))

  it('gives every partition to exactly one member, in shares that differ by one at most, whatever they claim', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, (count, members) => {
        const shares = stickyAssignment(partitionsOf(count), members)
        expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(partitionsOf(count))
        const sizes = [...shares.values()].map((share) => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect(shares.size).toBe(members.length)
      }),
    )
  })

  it('is the same whoever is asked, and moves nothing when nothing changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, (count, members) => {
        const shares = stickyAssignment(partitionsOf(count), members)
        expect(claimsOf(stickyAssignment(partitionsOf(count), claimsOf(shares))).toSorted(byMember)).toEqual(
          claimsOf(shares).toSorted(byMember),
        )
      }),
    )
  })

  it('moves only what the newcomer gets when one joins, and only what the leaver had when one leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6 }), (count, size) => {
        const before = stickyAssignment(
          partitionsOf(count),
          Array.from({ length: size }, (_, index) => newcomer(`m${index}`)),
        )
        const joined = stickyAssignment(partitionsOf(count), [...claimsOf(before), newcomer('new')])
        for (const [memberId, owned] of before) expect(owned).toEqual(expect.arrayContaining([...(joined.get(memberId) ?? [])]))
        const rest = claimsOf(joined, 2).filter(({ memberId }) => memberId !== 'm0')
        const left = stickyAssignment(partitionsOf(count), rest)
        for (const { memberId, owned } of rest) expect(left.get(memberId)).toEqual(expect.arrayContaining([...owned]))
      }),
    )
  })

  it('believes the younger claim', () => {
    const old = { memberId: 'a', generationId: 4, owned: [0, 1] }
    const young = { memberId: 'b', generationId: 5, owned: [0, 1] }
    expect(Object.fromEntries(stickyAssignment([0, 1], [old, young]))).toEqual({ a: [1], b: [0] })
    expect(
      stickyAssignment(
        [0],
        [
          { ...old, owned: [0] },
          { ...young, owned: [0] },
        ],
      ).get('b'),
    ).toEqual([0])
  })
})

function byMember(a: MemberClaim, b: MemberClaim): number {
  return a.memberId < b.memberId ? -1 : 1
}

describe('claims on the wire', () => {
  it('come back as they were sent', () => {
    const claim = { generationId: 7, owned: [3, 1] }
    expect(decodeClaim(encodeClaim(claim))).toEqual(claim)
  })

  it.each(['', 'not json', '{}', '{"generation":"1","owned":[]}', 'null'])('count as nothing when they are something else: %s', (text) => {
    expect(decodeClaim(Buffer.from(text))).toEqual({ generationId: -1, owned: [] })
    expect(decodeClaim(undefined)).toEqual({ generationId: -1, owned: [] })
  })

  it('go through kafkajs’s own encoding', async () => {
    const { AssignerProtocol } = kafkajs
    const metadata = [{ partitionId: 0 }, { partitionId: 1 }, { partitionId: 2 }]
    const cluster = { findTopicPartitionMetadata: () => metadata }
    const make = (owned: readonly number[]) =>
      // @ts-expect-error an assigner uses nothing else of the cluster and the logger
      stickyAssigner(() => ({ generationId: 1, owned }))({ cluster, groupId: 'g' })
    const members = [[2, 1], []].map((owned, index) => ({
      memberId: `m${index}`,
      memberMetadata: make(owned).protocol({ topics: ['t'] }).metadata,
    }))
    const assigned = await make([]).assign({ members, topics: ['t'] })
    const decoded = assigned.map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment)
    expect(decoded).toEqual([{ t: [1, 2] }, { t: [0] }])
  })
})
