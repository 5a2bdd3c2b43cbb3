import { LogError } from '@drakkar/plugin-sdk/log'
import kafkajs from 'kafkajs'
import { describe, expect, it, vi } from 'vitest'

import { createDeferred } from '../../runtime/deferred.ts'
import { encodeVerdict } from './assignment-codec.ts'
import { GroupCommits } from './group-commits.ts'
import { GroupSession } from './group-session.ts'
import type { KafkaBroker, KafkaCluster } from './cluster-types.ts'
import type { Membership } from './membership.ts'
import { PartitionLedger } from './partition-ledger.ts'

const { AssignerProtocol } = kafkajs

type Commit = Parameters<KafkaBroker['offsetCommit']>[0]

/** The broker and cluster calls a session uses; every other is absent and would throw. */
class FakeGroup {
  readonly commits: Commit[] = []
  connected = true
  failure: Error | null = null
  finds = 0
  broker = this.createBroker('1')
  left = false
  heartbeats = 0
  isMoving = false
  isStable = true
  readonly cluster = {
    findBroker: async (_: { nodeId: string | number }) => this.broker,
    findGroupCoordinator: async (_: { groupId: string }) => {
      this.finds += 1
      return this.broker
    },
  }
  readonly events: string[] = []
  readonly session: GroupSession

  constructor(groupInstanceId = '') {
    this.session = new GroupSession({
      // @ts-expect-error the fake has only the calls a session makes
      cluster: this.cluster satisfies Partial<Record<keyof KafkaCluster, unknown>>,
      group: 'g',
      groupInstanceId,
      heartbeatIntervalMs: 60_000,
      isStable: () => this.isStable,
      onHeartbeat: ({ memberId, generationId }) => this.events.push(`heartbeat ${memberId} ${generationId}`),
      onJoining: () => this.onJoining(),
      onExpelled: () => this.events.push('expelled'),
      onOutOfRange: (partition) => this.events.push(`out of range ${partition}`),
    })
  }

  onJoining(): void {
    this.events.push('joining')
  }

  createBroker(nodeId: string) {
    return {
      nodeId,
      isConnected: () => this.connected,
      disconnect: async (): Promise<void> => undefined,
      offsetCommit: async (request: Commit): Promise<void> => {
        if (this.failure !== null) throw this.failure
        this.commits.push(request)
      },
      joinGroup: async (_: unknown) => ({ generationId: 3, memberId: 'm' }),
      syncGroup: async (_: unknown) => ({
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 1,
          assignment: { t: [0] },
          userData: encodeVerdict({ withheld: [5], isMoving: this.isMoving }),
        }),
      }),
      heartbeat: async (_: unknown) => {
        this.heartbeats += 1
        if (this.failure !== null) throw this.failure
      },
      leaveGroup: async (_: unknown) => {
        this.left = true
      },
      lookupRequest: (apiKey: number, _: unknown) => (request: object) => ({ apiKey, ...request }),
    }
  }

  /** As kafkajs does it: find the coordinator, then join through it. */
  async join(): Promise<void> {
    const coordinator = await this.cluster.findGroupCoordinator({ groupId: 'g' })
    await coordinator.joinGroup({ memberId: '' })
    await coordinator.syncGroup({ memberId: 'm' })
  }
}

const generation = { memberId: 'm', generationId: 3 }

describe('GroupSession', () => {
  it('learns generation and member id from the JoinGroup answer', async () => {
    const group = new FakeGroup()
    expect(group.session.joined).toBeNull()
    await group.join()
    expect(group.session.joined).toEqual({ generation, withheld: [5], isMoving: false })
  })

  it('announces a join before it is sent, and lets it wait for the commits that were made before', async () => {
    const order: string[] = []
    const answered = createDeferred<void>()
    const group = new FakeGroup()
    group.broker.joinGroup = async () => {
      order.push('join sent')
      return { generationId: 3, memberId: 'm' }
    }
    group.broker.offsetCommit = async () => {
      order.push('commit sent')
      await answered.promise
    }
    await group.join()
    order.length = 0
    group.onJoining = () => {
      order.push('joining')
      void group.session.commit(generation, 't', new Map([[0, 1]]))
    }
    const joining = group.join()
    await new Promise(setImmediate)
    expect(order).toEqual(['joining', 'commit sent'])
    answered.resolve()
    await joining
    expect(order).toEqual(['joining', 'commit sent', 'join sent'])
  })

  it.each(['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'])('says so when the group has given the member up: %s', async (type) => {
    const group = new FakeGroup()
    await group.join()
    const coordinator = await group.cluster.findGroupCoordinator({ groupId: 'g' })
    group.failure = Object.assign(new Error('refused'), { type })
    group.isStable = false
    await expect(coordinator.heartbeat({ memberId: 'm', groupGenerationId: 3 })).rejects.toThrow('refused')
    await expect(coordinator.heartbeat({ memberId: 'an older id of ours', groupGenerationId: 2 })).rejects.toThrow('refused')
    expect(group.events).toEqual(['joining', 'expelled'])
  })

  it('leaves heartbeats out that come too soon, but none while partitions change hands or a rebalance is under way', async () => {
    const group = new FakeGroup()
    await group.join()
    const coordinator = await group.cluster.findGroupCoordinator({ groupId: 'g' })
    const beat = () => coordinator.heartbeat({ memberId: 'm', groupGenerationId: 3 })
    await beat()
    await beat()
    expect(group.heartbeats).toBe(1)
    group.isStable = false
    await beat()
    expect(group.heartbeats).toBe(2)
    group.isStable = true
    await beat()
    expect(group.heartbeats).toBe(2)
    group.isMoving = true
    await group.join()
    await beat()
    await beat()
    expect(group.heartbeats).toBe(4)
    expect(group.events.filter((event) => event === 'heartbeat m 3')).toHaveLength(4)
  })

  it('a heartbeat the coordinator cannot answer is no failure: the coordinator is looked for meanwhile', async () => {
    const group = new FakeGroup()
    await group.join()
    const coordinator = await group.cluster.findGroupCoordinator({ groupId: 'g' })
    const before = group.finds
    group.failure = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' })
    await coordinator.heartbeat({ memberId: 'm', groupGenerationId: 3 })
    await new Promise(setImmediate)
    expect(group.finds).toBe(before + 1)
    expect(group.events).toEqual(['joining'])
  })

  it('notices a coordinator that has moved away from one that is gone, until the next join', async () => {
    const group = new FakeGroup()
    await group.join()
    expect(group.session.hasMoved).toBe(false)
    group.broker = group.createBroker('2')
    group.failure = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError', code: 'ECONNREFUSED' })
    await expect(group.session.commit(generation, 't', new Map([[0, 1]]))).rejects.toThrow('refused')
    await new Promise(setImmediate)
    expect(group.session.hasMoved).toBe(true)
    await group.join()
    expect(group.session.hasMoved).toBe(false)
  })

  it('ends the connection to a coordinator that hangs with a join while the group has another', async () => {
    vi.useFakeTimers()
    try {
      const group = new FakeGroup()
      await group.join()
      const hanging = group.createBroker('1')
      const ended = createDeferred<void>()
      hanging.joinGroup = () => ended.promise.then(() => Promise.reject(new Error('connection closed')))
      hanging.disconnect = async () => ended.resolve()
      group.broker = hanging
      const outcome = group.join().catch((error: unknown) => error)
      await vi.advanceTimersByTimeAsync(20_000)
      group.broker = group.createBroker('2')
      await vi.advanceTimersByTimeAsync(20_000)
      expect(await outcome).toMatchObject({ message: 'connection closed' })
      expect(group.session.hasMoved).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  it('names a static member in what it joins, syncs and heartbeats with, also after a reconnect, and does not let it leave', async () => {
    const group = new FakeGroup('worker-7')
    const coordinator = await group.cluster.findGroupCoordinator({ groupId: 'g' })
    const encoded = (apiKey: number) => group.broker.lookupRequest(apiKey, {})({ memberId: 'm' })
    const named = { memberId: 'm', groupInstanceId: 'worker-7' }
    expect([11, 12, 14].map(encoded)).toEqual([11, 12, 14].map((apiKey) => ({ apiKey, ...named })))
    expect(encoded(8)).toEqual({ apiKey: 8, memberId: 'm' })
    group.broker.lookupRequest = () => (request) => ({ apiKey: 12, reconnected: true, ...request })
    expect(encoded(12)).toEqual({ apiKey: 12, reconnected: true, ...named })
    await coordinator.leaveGroup({ memberId: 'm' })
    expect(group.left).toBe(false)
  })

  it('lets a dynamic member be, and leave', async () => {
    const group = new FakeGroup()
    const coordinator = await group.cluster.findGroupCoordinator({ groupId: 'g' })
    expect(group.broker.lookupRequest(12, {})({ memberId: 'm' })).toEqual({ apiKey: 12, memberId: 'm' })
    await coordinator.leaveGroup({ memberId: 'm' })
    expect(group.left).toBe(true)
  })

  it('commits with exactly the generation it is given, once', async () => {
    const group = new FakeGroup()
    await group.join()
    await group.session.commit({ memberId: 'm', generationId: 2 }, 't', new Map([[4, 17]]))
    expect(group.commits).toEqual([
      { groupId: 'g', memberId: 'm', groupGenerationId: 2, topics: [{ topic: 't', partitions: [{ partition: 4, offset: '17' }] }] },
    ])
    group.failure = new Error('connection lost')
    await expect(group.session.commit(generation, 't', new Map([[4, 18]]))).rejects.toThrow('connection lost')
    expect(group.commits).toHaveLength(1)
  })

  it('hands the commit to the connection before anything asynchronous happens', async () => {
    const group = new FakeGroup()
    await group.join()
    void group.session.commit(generation, 't', new Map([[0, 1]]))
    expect(group.commits).toHaveLength(1)
  })

  it("keeps kafkajs's reset to -1 or -2 from the group and reports it", async () => {
    const group = new FakeGroup()
    const coordinator = await group.cluster.findGroupCoordinator({ groupId: 'g' })
    const reset = {
      groupId: 'g',
      memberId: 'm',
      groupGenerationId: 3,
      topics: [{ topic: 't', partitions: [{ partition: 2, offset: '-2' }] }],
    }
    await coordinator.offsetCommit(reset)
    expect(group.commits).toEqual([])
    expect(group.events).toEqual(['out of range 2'])
  })

  it('looks for the coordinator again when it has moved', async () => {
    const group = new FakeGroup()
    await group.join()
    group.failure = Object.assign(new Error('moved'), { type: 'NOT_COORDINATOR_FOR_GROUP' })
    const before = group.finds
    await expect(group.session.commit(generation, 't', new Map([[0, 1]]))).rejects.toThrow('moved')
    await new Promise(setImmediate)
    expect(group.finds).toBe(before + 1)
  })

  it('once closed lets kafkajs find no broker, with an error it does not try again', async () => {
    const group = new FakeGroup()
    group.session.close()
    for (const find of [() => group.cluster.findBroker({ nodeId: 1 }), () => group.cluster.findGroupCoordinator({ groupId: 'g' })]) {
      await expect(find()).rejects.toMatchObject({ retriable: false, code: 'DRK_LOG_CLOSED' })
    }
  })
})

describe('GroupCommits', () => {
  const stable: Membership = { phase: 'stable', generation }

  async function setUp() {
    const group = new FakeGroup()
    await group.join()
    const ledger = new PartitionLedger()
    const commits = new GroupCommits({ ledger, group: 'g', topic: 't', session: () => group.session })
    commits.follow(stable)
    const { epoch } = ledger.own(0, { next: 0, committed: null, silent: false })
    return { group, ledger, commits, request: { partition: 0, epoch, offset: 5 } }
  }

  it('sends what is ours and refuses the rest without asking the broker', async () => {
    const { group, commits, request } = await setUp()
    const foreign = { partition: 9, epoch: 1, offset: 1 }
    expect(await commits.commit([request, foreign])).toEqual({ committed: [request], refused: [foreign] })
    expect(await commits.commit([foreign])).toEqual({ committed: [], refused: [foreign] })
    expect(group.commits).toHaveLength(1)
  })

  it.each(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS'])(
    'a rebalance the broker knew of first is no error: %s is sent again in the new generation',
    async (type) => {
      const { group, commits, request } = await setUp()
      group.failure = Object.assign(new Error('refused'), { name: 'KafkaJSProtocolError', type })
      const committing = commits.commit([request])
      await new Promise(setImmediate)
      group.failure = null
      commits.follow({ phase: 'rebalancing', generation })
      commits.follow({ phase: 'stable', generation: { memberId: 'm', generationId: 4 } })
      expect(await committing).toEqual({ committed: [request], refused: [] })
      expect(group.commits).toMatchObject([{ groupGenerationId: 4 }])
    },
  )

  it('waits out a rebalance and then commits in the new generation', async () => {
    const { group, commits, request } = await setUp()
    commits.follow({ phase: 'rebalancing', generation })
    const committing = commits.commit([request])
    await Promise.resolve()
    expect(group.commits).toEqual([])
    commits.follow({ phase: 'stable', generation: { memberId: 'm', generationId: 4 } })
    await committing
    expect(group.commits).toMatchObject([{ groupGenerationId: 4 }])
  })

  it('refuses what was lost in the rebalance it waited for', async () => {
    const { group, commits, request, ledger } = await setUp()
    commits.follow({ phase: 'rebalancing', generation })
    const committing = commits.commit([request])
    ledger.drop([0])
    commits.follow(stable)
    expect(await committing).toEqual({ committed: [], refused: [request] })
    expect(group.commits).toEqual([])
  })

  it('rejects as closed when the consumer ends, also what waits', async () => {
    const { commits, request } = await setUp()
    commits.follow({ phase: 'rebalancing', generation })
    const waiting = commits.commit([request])
    commits.follow({ phase: 'ended' })
    await expect(waiting).rejects.toMatchObject({ code: 'DRK_LOG_CLOSED' })
    await expect(commits.commit([request])).rejects.toMatchObject({ code: 'DRK_LOG_CLOSED' })
  })

  it.each([
    ['NOT_COORDINATOR_FOR_GROUP', 'transient'],
    ['UNKNOWN_MEMBER_ID', 'fenced'],
    ['GROUP_AUTHORIZATION_FAILED', 'permanent'],
  ])('rejects %s as %s', async (type, kind) => {
    const { group, commits, request } = await setUp()
    group.failure = Object.assign(new Error('refused'), { name: 'KafkaJSProtocolError', type, retriable: false })
    const error: unknown = await commits.commit([request]).catch((caught: unknown) => caught)
    expect(LogError.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ kind })
  })
})
