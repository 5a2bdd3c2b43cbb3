import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planAssignment } from './plan-assignment.ts'

const cases = fc.record({
  members: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 }),
  owners: fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'left')), { maxLength: 20 }),
})

function ownedOf(owners: readonly (string | null)[]): Map<number, string> {
  return new Map([...owners.entries()].flatMap(([partition, owner]) => (owner === null ? [] : [[partition, owner] as const])))
}

function shares(plan: ReadonlyMap<number, string>, members: readonly string[]): number[] {
  return members.map((member) => [...plan.values()].filter((owner) => owner === member).length)
}

it('every partition has one owner and the shares differ by one at most', () => {
  fc.assert(
    fc.property(cases, ({ members, owners }) => {
      const plan = planAssignment(members, ownedOf(owners), owners.length)
      expect([...plan.keys()].toSorted((a, b) => a - b)).toEqual([...owners.keys()])
      const counts = shares(plan, members)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(owners.length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
  )
})

it('a balanced assignment stays as it is', () => {
  fc.assert(
    fc.property(cases, ({ members, owners }) => {
      const plan = planAssignment(members, ownedOf(owners), owners.length)
      expect(planAssignment(members, plan, owners.length)).toEqual(plan)
    }),
  )
})

it('a member that joins takes only its share; nothing moves between the others', () => {
  const before = planAssignment(['a', 'b'], new Map(), 6)
  const after = planAssignment(['a', 'b', 'c'], before, 6)
  const moved = [...after].filter(([partition, owner]) => before.get(partition) !== owner)
  expect(moved.map(([, owner]) => owner)).toEqual(['c', 'c'])
})

it('without members nothing is assigned', () => {
  expect(planAssignment([], new Map([[0, 'left']]), 1).size).toBe(0)
})
