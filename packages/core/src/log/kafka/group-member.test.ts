import { collectingListener, type CollectingListener } from '@drakkar/plugin-sdk/log/conformance'
import type { LogError } from '@drakkar/plugin-sdk/log'
import { describe, expect, it } from 'vitest'

import { createDeferred } from '../../runtime/deferred.ts'
import { GroupMember } from './group-member.ts'
import { PartitionFlow } from './partition-flow.ts'
import { PartitionLedger } from './partition-ledger.ts'

const range = { start: 0, end: 100 }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** What a member tells kafkajs, and what the cluster would answer it. */
class Scene {
  readonly ledger = new PartitionLedger()
  readonly committed = new Map<number, number>()
  readonly failures: LogError[] = []
  readonly fetched = new Set<number>()
  readonly member: GroupMember
  readonly listener: CollectingListener
  drain = createDeferred<void>()
  /** Null: the answer to a lookup comes at once. */
  lookup: Promise<void> | null = null
  started = 0
  #generation = 0

  constructor() {
    const guarded = (work: () => void): void => work()
    const options = { topic: 't', group: 'g', maxPollRecords: 10, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' } as const
    const access = {
      committed: async () => {
        await this.lookup
        return new Map(this.committed)
      },
      ranges: async () => new Map([0, 1, 2, 3].map((partition) => [partition, range])),
    }
    this.listener = collectingListener({ whileRevoking: () => this.drain.promise })
    this.member = new GroupMember({
      options,
      ledger: this.ledger,
      lookup: { access, logger: quiet, group: 'g', topic: 't' },
      onMembership: () => undefined,
      onStarted: () => void (this.started += 1),
      guarded,
      fail: (error) => void this.failures.push(error),
    })
    const consumer = {
      seek: () => undefined,
      pause: (of: { partitions?: number[] }[]) =>
        of.forEach(({ partitions = [] }) => partitions.forEach((one) => this.fetched.delete(one))),
      resume: (of: { partitions?: number[] }[]) => of.forEach(({ partitions = [] }) => partitions.forEach((one) => this.fetched.add(one))),
    }
    const flow = new PartitionFlow({ consumer, ledger: this.ledger, options, listener: this.listener, guarded, isRunning: () => true })
    this.member.attach({ listener: this.listener, flow })
  }

  async join(assigned: readonly number[], withheld: readonly number[] = [], memberId = 'm'): Promise<void> {
    this.member.onRebalancing()
    this.#generation += 1
    this.member.onJoin({ generation: { memberId, generationId: this.#generation }, withheld }, assigned)
    await turn()
  }

  eventTypes(): string[] {
    return this.listener.events.map((event) => ('partitions' in event ? `${event.type} ${event.partitions.join()}` : event.type))
  }
}

describe('GroupMember', () => {
  it('announces what it is given with the committed offset, and fetches it from then on', async () => {
    const scene = new Scene()
    scene.committed.set(1, 7)
    const lookup = createDeferred<void>()
    scene.lookup = lookup.promise
    await scene.join([0, 1])
    expect(scene.eventTypes()).toEqual([])
    expect([...scene.fetched]).toEqual([])
    lookup.resolve()
    await turn()
    expect(scene.eventTypes()).toEqual(['assign 0,1'])
    expect(scene.listener.assigned.get(1)?.committed).toBe(7)
    expect([...scene.fetched]).toEqual([0, 1])
    expect(scene.started).toBe(1)
  })

  it('hands over in two phases: revokes, goes on claiming until the drain has ended, then wants to join again', async () => {
    const scene = new Scene()
    await scene.join([0, 1])
    await scene.join([0], [1])
    expect(scene.eventTypes()).toEqual(['assign 0,1', 'rebalancing', 'revoke 1'])
    expect(scene.member.claim()).toEqual({ memberId: 'm', generationId: 2, owned: [0, 1] })
    expect(scene.member.owesJoin).toBe(false)
    expect(scene.ledger.fence([scene.listener.request(1, 5)]).refused).toEqual([])
    expect([0, 1].map((partition) => scene.ledger.isOpen(partition))).toEqual([true, false])
    scene.drain.resolve()
    await turn()
    expect(scene.member.claim().owned).toEqual([0])
    expect(scene.member.owesJoin).toBe(true)
    expect(scene.ledger.get(1)).toBeUndefined()
    await scene.join([0])
    expect(scene.member.owesJoin).toBe(false)
  })

  it('fetches nothing of what drains, also when it is assigned again meanwhile', async () => {
    const scene = new Scene()
    await scene.join([0, 1])
    await scene.join([0], [1])
    await scene.join([0, 1])
    expect([...scene.fetched]).toEqual([0])
    scene.drain.resolve()
    await turn()
    await turn()
    expect(scene.eventTypes().at(-1)).toBe('assign 1')
    expect([...scene.fetched]).toEqual([0, 1])
  })

  it('does not use what it has looked up for an earlier join', async () => {
    const scene = new Scene()
    const lookup = createDeferred<void>()
    scene.lookup = lookup.promise
    await scene.join([0, 1])
    await scene.join([1, 2])
    lookup.resolve()
    await turn()
    expect(scene.eventTypes()).toEqual(['rebalancing', 'assign 1,2'])
  })

  it('loses everything when it was expelled, also what drains, claims nothing, and wants to join again', async () => {
    const scene = new Scene()
    await scene.join([0, 1])
    await scene.join([0], [1])
    scene.member.onExpelled()
    scene.member.onExpelled()
    expect(scene.eventTypes().slice(-2)).toEqual(['revoke 1', 'lost 0,1'])
    expect(scene.member.claim()).toEqual({ memberId: null, generationId: -1, owned: [] })
    expect(scene.member.owesJoin).toBe(true)
    expect(scene.ledger.partitions).toEqual([])
    scene.drain.resolve()
    await scene.join([0, 1], [], 'another')
    expect(scene.eventTypes().slice(-2)).toEqual(['assign 0', 'assign 1'])
  })

  it('announces nothing that it was looking up when it was expelled', async () => {
    const scene = new Scene()
    const lookup = createDeferred<void>()
    scene.lookup = lookup.promise
    await scene.join([0])
    scene.member.onExpelled()
    lookup.resolve()
    await turn()
    expect(scene.eventTypes()).toEqual([])
    expect(scene.ledger.partitions).toEqual([])
  })

  it('begins a kept partition anew when somebody else has committed beyond it', async () => {
    const scene = new Scene()
    await scene.join([0, 1])
    const { epoch } = scene.listener.request(1, 0)
    scene.ledger.noteCommit([{ partition: 0, epoch: 1, offset: 9 }])
    scene.committed.set(0, 9).set(1, 9)
    await scene.join([0, 1])
    expect(scene.eventTypes().slice(-2)).toEqual(['lost 1', 'assign 1'])
    expect(scene.listener.assigned.get(1)).toMatchObject({ committed: 9 })
    expect(scene.listener.request(1, 0).epoch).toBeGreaterThan(epoch)
  })

  it('fails when onRevoke rejects', async () => {
    const scene = new Scene()
    await scene.join([0, 1])
    scene.drain.reject(new Error('a defect'))
    await scene.join([0], [1])
    expect(scene.failures).toMatchObject([{ kind: 'fatal', code: 'DRK_INTERNAL' }])
  })

  it('announces nothing after its end', async () => {
    const scene = new Scene()
    const lookup = createDeferred<void>()
    scene.lookup = lookup.promise
    await scene.join([0])
    scene.member.end()
    lookup.resolve()
    await turn()
    expect(scene.eventTypes()).toEqual([])
    expect(scene.member.owesJoin).toBe(false)
  })
})
