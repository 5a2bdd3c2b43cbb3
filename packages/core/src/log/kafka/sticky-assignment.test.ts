import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type MemberClaim, type MemberShare, stickyAssignment } from './sticky-assignment.ts'

type Shares = ReadonlyMap<string, MemberShare>

const partitionsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
const newcomer = (memberId: string): MemberClaim => ({ memberId, generationId: -1, owned: [], handsOver: true })
const ascending = (partitions: Iterable<number>): number[] => [...partitions].toSorted((a, b) => a - b)

/** What members claim when they still hold what was withheld for them, or when they have let go. */
function claimsAfter(shares: Shares, generationId: number, hasLetGo: (memberId: string) => boolean = () => true): MemberClaim[] {
  return [...shares].map(([memberId, { assigned, withheld }]) => ({
    memberId,
    generationId,
    owned: hasLetGo(memberId) ? assigned : ascending([...assigned, ...withheld]),
    handsOver: true,
  }))
}

/** What everybody has when all have let go of what they were asked for. */
function settle(partitions: readonly number[], claims: readonly MemberClaim[], generationId = 10): Shares {
  return stickyAssignment(partitions, claimsAfter(stickyAssignment(partitions, claims), generationId))
}

const claim = fc.record({
  generationId: fc.integer({ min: -1, max: 3 }),
  owned: fc.uniqueArray(fc.nat({ max: 25 })),
  handsOver: fc.boolean(),
})
const claims = fc.array(claim, { minLength: 1, maxLength: 6 }).map((list) => list.map((one, index) => ({ ...one, memberId: `m${index}` })))

/** Which claim holds: the youngest, and of equals the first by name. */
function ownerOf(partition: number, members: readonly MemberClaim[]): MemberClaim | undefined {
  return members.filter(({ owned }) => owned.includes(partition)).toSorted((a, b) => b.generationId - a.generationId)[0]
}

describe('stickyAssignment', () => {
  it('gives or withholds every partition exactly once, and gives none away under its owner’s hands, whatever they claim', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, (count, members) => {
        const shares = stickyAssignment(partitionsOf(count), members)
        const all = [...shares.values()].flatMap(({ assigned, withheld }) => [...assigned, ...withheld])
        expect(ascending(all)).toEqual(partitionsOf(count))
        expect([...shares.keys()].toSorted()).toEqual(members.map(({ memberId }) => memberId))
        for (const [memberId, { assigned, withheld }] of shares) {
          for (const partition of withheld) expect(ownerOf(partition, members)).toMatchObject({ memberId, handsOver: true })
          for (const partition of assigned) {
            const owner = ownerOf(partition, members)
            expect(owner === undefined || owner.memberId === memberId || !owner.handsOver).toBe(true)
          }
        }
      }),
    )
  })

  it('reaches shares that differ by one at most in the round after everybody has let go', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, (count, members) => {
        const shares = [...settle(partitionsOf(count), members).values()]
        const sizes = shares.map(({ assigned }) => assigned.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        expect(shares.flatMap(({ withheld }) => withheld)).toEqual([])
      }),
    )
  })

  it('moves as few as the shares allow', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, (count, members) => {
        const partitions = partitionsOf(count)
        const owned = members.map(({ memberId }) => partitions.filter((one) => ownerOf(one, members)?.memberId === memberId).length)
        const larger = count % members.length
        const least = owned
          .toSorted((a, b) => b - a)
          .reduce((sum, size, index) => sum + Math.max(0, size - Math.floor(count / members.length) - (index < larger ? 1 : 0)), 0)
        const shares = settle(partitions, members)
        const moved = partitions.filter((one) => {
          const owner = ownerOf(one, members)
          return owner !== undefined && shares.get(owner.memberId)?.assigned.includes(one) === false
        })
        expect(moved).toHaveLength(least)
      }),
    )
  })

  it('is the same whoever is asked, and moves nothing when nothing changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, (count, members) => {
        expect(stickyAssignment(partitionsOf(count), members.toReversed())).toEqual(stickyAssignment(partitionsOf(count), members))
        const settled = settle(partitionsOf(count), members)
        expect(stickyAssignment(partitionsOf(count), claimsAfter(settled, 11))).toEqual(settled)
      }),
    )
  })

  it('asks nobody for anything new while some have let go and others still drain', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), claims, fc.func(fc.boolean()), (count, members, hasLetGo) => {
        const first = stickyAssignment(partitionsOf(count), members)
        const second = stickyAssignment(partitionsOf(count), claimsAfter(first, 10, hasLetGo))
        for (const [memberId, { assigned, withheld }] of second) {
          expect(assigned).toEqual(expect.arrayContaining([...(first.get(memberId)?.assigned ?? [])]))
          expect(first.get(memberId)?.withheld).toEqual(expect.arrayContaining([...withheld]))
        }
      }),
    )
  })

  it('takes only what a newcomer gets when one joins, and gives out only what the leaver had when one leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 6 }), (count, size) => {
        const partitions = partitionsOf(count)
        const before = stickyAssignment(
          partitions,
          Array.from({ length: size }, (_, index) => newcomer(`m${index}`)),
        )
        const joined = settle(partitions, [...claimsAfter(before, 1), newcomer('new')])
        for (const [memberId, { assigned }] of before) {
          expect(assigned).toEqual(expect.arrayContaining([...(joined.get(memberId)?.assigned ?? [])]))
        }
        const rest = claimsAfter(joined, 2).filter(({ memberId }) => memberId !== 'm0')
        const left = stickyAssignment(partitions, rest)
        for (const { memberId, owned } of rest) expect(left.get(memberId)?.assigned).toEqual(expect.arrayContaining([...owned]))
      }),
    )
  })

  it('believes the younger claim', () => {
    const old = { memberId: 'a', generationId: 4, owned: [0, 1], handsOver: true }
    const young = { memberId: 'b', generationId: 5, owned: [0, 1], handsOver: true }
    const shares = stickyAssignment([0, 1], [old, young])
    expect(shares.get('a')).toEqual({ assigned: [], withheld: [] })
    expect(shares.get('b')).toEqual({ assigned: [0], withheld: [1] })
  })

  it('does not wait for a member of an older version, which lets go at once', () => {
    const older = { memberId: 'a', generationId: 1, owned: [0, 1], handsOver: false }
    const shares = stickyAssignment([0, 1], [older, newcomer('b')])
    expect(shares.get('b')).toEqual({ assigned: [1], withheld: [] })
  })
})
