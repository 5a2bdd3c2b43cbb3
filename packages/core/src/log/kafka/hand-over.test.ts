import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  claimedPartitions,
  type HandOver,
  type HandOverEvent,
  type HandOverStep,
  initialHandOver,
  owesJoin,
  stepHandOver,
} from './hand-over.ts'
import { stickyAssignment } from './sticky-assignment.ts'

const joined = (assigned: readonly number[], withheld: readonly number[] = [], keeps = true): HandOverEvent => ({
  type: 'joined',
  assigned,
  withheld,
  keeps,
})
const began = (...partitions: number[]): HandOverEvent => ({ type: 'began', partitions })

function follow(...events: HandOverEvent[]): HandOverStep {
  let step = stepHandOver(initialHandOver, { type: 'idle' })
  for (const event of events) step = stepHandOver(step.state, event)
  return step
}

const tenuresOf = ({ state }: HandOverStep): Record<number, string> => Object.fromEntries(state.tenures)

describe('stepHandOver', () => {
  it('looks up what is new, and keeps what stays', () => {
    expect(follow(joined([2, 1]))).toMatchObject({ starting: [1, 2], kept: [], lost: [], revoking: [] })
    expect(follow(joined([1, 2]), began(1, 2), joined([1, 2, 3]))).toMatchObject({ starting: [3], kept: [1, 2], lost: [], revoking: [] })
  })

  it('revokes what is withheld, keeps claiming it meanwhile, and owes a join when it has let go', () => {
    const moving = [joined([1, 2]), began(1, 2), joined([1], [2])] as const
    const revoking = follow(...moving, { type: 'idle' })
    expect(revoking).toMatchObject({ revoking: [2], lost: [] })
    expect(claimedPartitions(revoking.state)).toEqual([1, 2])
    expect(owesJoin(revoking.state)).toBe(false)
    const done = follow(...moving, { type: 'idle' }, { type: 'revoked' })
    expect(done.released).toEqual([2])
    expect(claimedPartitions(done.state)).toEqual([1])
    expect(owesJoin(done.state)).toBe(true)
    expect(owesJoin(stepHandOver(done.state, joined([1])).state)).toBe(false)
  })

  it('loses at once what nobody withholds for it', () => {
    expect(follow(joined([1, 2]), began(1, 2), joined([1]))).toMatchObject({ lost: [2], kept: [1] })
  })

  it('loses everything that was announced when the group had given it up, and begins anew', () => {
    const step = follow(joined([1, 2, 3]), began(1, 2), joined([2, 3], [1], false))
    expect(step).toMatchObject({ lost: [1, 2], starting: [2, 3], kept: [] })
    expect(follow(joined([1, 2]), began(1), { type: 'expelled' })).toMatchObject({ lost: [1], starting: [] })
  })

  it('lets a second revocation wait for the first, and forgets it when the partition stays after all', () => {
    const first = [joined([1, 2, 3]), began(1, 2, 3), joined([1, 2], [3]), { type: 'idle' }] as const
    const second = follow(...first, joined([1], [2, 3]), { type: 'idle' })
    expect(tenuresOf(second)).toEqual({ 1: 'owned', 2: 'leaving', 3: 'revoking' })
    expect(stepHandOver(second.state, joined([1, 2], [3])).kept).toEqual([1, 2])
    const afterFirst = stepHandOver(second.state, { type: 'revoked' })
    expect(stepHandOver(afterFirst.state, { type: 'idle' }).revoking).toEqual([2])
  })

  it('begins a partition anew that comes back while it drains, when the drain has ended', () => {
    const back = follow(joined([1]), began(1), joined([], [1]), { type: 'idle' }, joined([1]))
    expect(back).toMatchObject({ starting: [], kept: [], lost: [] })
    expect(claimedPartitions(back.state)).toEqual([1])
    expect(stepHandOver(back.state, { type: 'revoked' })).toMatchObject({ released: [1], starting: [1], lost: [] })
  })

  it('tells at once when a partition is gone before its drain has ended, and begins it anew only after that', () => {
    const gone = follow(joined([1]), began(1), joined([], [1]), { type: 'idle' }, { type: 'expelled' })
    expect(gone.lost).toEqual([1])
    expect(claimedPartitions(gone.state)).toEqual([])
    const regained = stepHandOver(gone.state, joined([1]))
    expect(regained).toMatchObject({ starting: [], lost: [], kept: [] })
    expect(stepHandOver(regained.state, { type: 'revoked' })).toMatchObject({ starting: [1], released: [] })
  })

  it('drops what somebody else has worked on, to begin it anew', () => {
    const step = follow(joined([1, 2]), began(1, 2), joined([1, 2]), { type: 'overtaken', partitions: [2] })
    expect(step).toMatchObject({ lost: [2], starting: [2] })
    const leaving = follow(joined([1]), began(1), joined([], [1]), { type: 'overtaken', partitions: [1] })
    expect(leaving).toMatchObject({ lost: [], starting: [] })
  })

  it('owes a join for what is withheld although it never had it: a static member that was killed while it drained', () => {
    expect(owesJoin(follow(joined([1], [2])).state)).toBe(true)
    expect(owesJoin(follow(joined([1], [2]), { type: 'expelled' }).state)).toBe(false)
  })
})

/** What one member's listener knows. */
class Worker {
  state: HandOver = initialHandOver
  memberId: string
  /** Under which `state` was reached. */
  joinedAs: string | null = null
  generation = -1
  readonly announced = new Set<number>()
  readonly draining = new Set<number>()
  isDraining = false

  constructor(memberId: string) {
    this.memberId = memberId
  }

  handle(event: HandOverEvent): void {
    const step = stepHandOver(this.state, event)
    this.state = step.state
    for (const partition of step.lost) {
      if (!this.announced.delete(partition) && !this.draining.delete(partition))
        throw new Error(`lost ${partition}, which nobody had announced`)
    }
    for (const partition of step.released) this.draining.delete(partition)
    for (const partition of step.kept) expect(this.announced).toContain(partition)
    if (step.revoking.length > 0) {
      expect(this.isDraining).toBe(false)
      this.isDraining = true
    }
    for (const partition of step.revoking) {
      expect(this.announced.delete(partition)).toBe(true)
      this.draining.add(partition)
    }
    if (event.type !== 'idle') this.handle({ type: 'idle' })
  }

  /** The positions of everything that is starting have been found. */
  begin(): void {
    const starting = [...this.state.tenures].flatMap(([partition, tenure]) => (tenure === 'starting' ? [partition] : []))
    for (const partition of starting) {
      expect(this.announced.has(partition) || this.draining.has(partition)).toBe(false)
      this.announced.add(partition)
    }
    this.handle({ type: 'began', partitions: starting })
  }

  endDrain(): void {
    if (!this.isDraining) return
    this.isDraining = false
    const before = new Set(this.draining)
    this.handle({ type: 'revoked' })
    for (const partition of this.draining) expect(before).not.toContain(partition)
  }
}

/** A group as Kafka coordinates it: the leader plans with what the members say, everybody hears of it. */
class Group {
  readonly partitions: readonly number[]
  readonly members: Worker[] = []
  /** What nobody in the group has heard from for a session: expelled, but not aware of it. */
  readonly frozen = new Set<Worker>()
  generation = 0
  #names = 0

  constructor(count: number) {
    this.partitions = Array.from({ length: count }, (_, index) => index)
  }

  name(): string {
    this.#names += 1
    return `m${this.#names}`
  }

  rebalance(): void {
    this.generation += 1
    const claims = this.members.map(({ memberId, joinedAs, generation, state }) => {
      const isValid = joinedAs === memberId
      return { memberId, generationId: isValid ? generation : -1, owned: isValid ? claimedPartitions(state) : [], handsOver: true }
    })
    const shares = stickyAssignment(this.partitions, claims)
    for (const member of this.members) {
      const { assigned, withheld } = shares.get(member.memberId) ?? { assigned: [], withheld: [] }
      member.handle({ type: 'joined', assigned, withheld, keeps: member.joinedAs === member.memberId })
      member.joinedAs = member.memberId
      member.generation = this.generation
    }
    this.check()
  }

  /** Whoever owes a join joins, until nobody does. */
  settle(): void {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      for (const member of this.members) {
        member.begin()
        while (member.isDraining) member.endDrain()
        member.begin()
      }
      if (!this.members.some(({ state }) => owesJoin(state))) return
      this.rebalance()
    }
    throw new Error('the group does not come to rest')
  }

  /** No two members that are in the group work on one partition. */
  check(): void {
    for (const partition of this.partitions) {
      const holders = this.members.filter(({ announced, draining }) => announced.has(partition) || draining.has(partition))
      expect(holders.length).toBeLessThanOrEqual(1)
    }
  }
}

type Action = { readonly type: 'join' | 'leave' | 'freeze' | 'wake' | 'begin' | 'drained' | 'owed' | 'again'; readonly index: number }

function act(group: Group, { type, index }: Action): void {
  const member = group.members[index % Math.max(1, group.members.length)]
  switch (type) {
    case 'join':
      if (group.members.length < 6) group.members.push(new Worker(group.name()))
      return group.rebalance()
    case 'leave':
      if (member !== undefined) group.members.splice(group.members.indexOf(member), 1)
      return group.rebalance()
    case 'freeze':
      if (member === undefined) return undefined
      group.members.splice(group.members.indexOf(member), 1)
      group.frozen.add(member)
      return group.rebalance()
    case 'wake': {
      const [woken] = group.frozen
      if (woken === undefined) return undefined
      group.frozen.delete(woken)
      // Half of them hear of it with the heartbeat, the others only by the id they get.
      if (index % 2 === 0) woken.handle({ type: 'expelled' })
      woken.memberId = group.name()
      group.members.push(woken)
      return group.rebalance()
    }
    case 'begin':
      return member?.begin()
    case 'drained':
      return member?.endDrain()
    case 'owed':
      if (group.members.some(({ state }) => owesJoin(state))) group.rebalance()
      return undefined
    case 'again':
      return group.rebalance()
  }
}

describe('a group of members that hand over', () => {
  const action = fc.record({
    type: fc.constantFrom<Action['type']>('join', 'join', 'leave', 'freeze', 'wake', 'begin', 'drained', 'drained', 'owed', 'again'),
    index: fc.nat({ max: 5 }),
  })

  it('never has two members at work on a partition, and comes to rest with every partition at one, evenly, whatever happens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(action, { maxLength: 40, size: 'max' }), (count, actions) => {
        const group = new Group(count)
        group.members.push(new Worker(group.name()))
        group.rebalance()
        for (const one of actions) {
          act(group, one)
          group.check()
        }
        if (group.members.length === 0) return
        group.rebalance()
        group.settle()
        const shares = group.members.map(({ announced }) => [...announced])
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(group.partitions)
        const sizes = shares.map((share) => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is at rest after the second round when a member joins a group that was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 5 }), (count, size) => {
        const group = new Group(count)
        for (let index = 0; index < size; index += 1) {
          act(group, { type: 'join', index })
          group.settle()
        }
        act(group, { type: 'join', index: 0 })
        for (const member of group.members) member.endDrain()
        group.rebalance()
        for (const member of group.members) member.begin()
        expect(group.members.some(({ state }) => owesJoin(state))).toBe(false)
        expect(group.members.flatMap(({ announced }) => [...announced])).toHaveLength(count)
      }),
    )
  })
})
