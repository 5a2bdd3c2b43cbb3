/** What this adapter relies on beyond kafkajs's documentation. A change of kafkajs shows here first. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'

import { createConsumer } from './kafkajs-cluster.ts'

const require = createRequire(import.meta.url)
const version = '2.2.4'
const config = { brokers: ['127.0.0.1:1'], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 0 } }

type Encode = (request: object) => { request: { encode(): Promise<{ buffer: Buffer }> } }
const member = {
  groupId: 'g',
  memberId: 'm',
  groupGenerationId: 1,
  generationId: 1,
  sessionTimeout: 1,
  rebalanceTimeout: 1,
  protocolType: 'consumer',
  groupProtocols: [],
  groupAssignment: [],
}

/** A part of kafkajs that its index does not export. */
function internal(path: string): unknown {
  return require(`kafkajs/${path}`)
}

function prototypeOf(path: string): Record<string, unknown> {
  const loaded = internal(path)
  if (typeof loaded !== 'function') throw new Error(`${path} is not a class`)
  return loaded.prototype as Record<string, unknown>
}

describe('kafkajs', () => {
  it('is pinned exactly, here and in the codecs, and that version is installed', () => {
    for (const manifest of ['../../../package.json', '../../../../kafka-codecs/package.json']) {
      const { dependencies } = JSON.parse(readFileSync(new URL(manifest, import.meta.url), 'utf8')) as {
        dependencies: Record<string, string>
      }
      expect(dependencies['kafkajs']).toBe(version)
    }
    expect(require('kafkajs/package.json')).toMatchObject({ version })
  })

  it('hands its cluster to the assigner while the consumer is made, with the methods this adapter wraps', () => {
    const { cluster } = createConsumer(config, { groupId: 'g' })
    for (const method of ['findBroker', 'findGroupCoordinator', 'findControllerBroker', 'refreshMetadata', 'connect'] as const) {
      expect(typeof cluster[method]).toBe('function')
    }
  })

  it('has the broker calls its declarations leave out', () => {
    const broker = prototypeOf('src/broker/index.js')
    for (const method of [
      'metadata',
      'listOffsets',
      'fetch',
      'offsetFetch',
      'offsetCommit',
      'createTopics',
      'deleteRecords',
      'joinGroup',
      'syncGroup',
      'heartbeat',
      'leaveGroup',
    ]) {
      expect(typeof broker[method], method).toBe('function')
    }
  })

  it('looks up how a request is encoded in a property of the broker, and can write a member’s name that its API does not take', async () => {
    const apiKeys = internal('src/protocol/requests/apiKeys.js')
    expect(apiKeys).toMatchObject({ JoinGroup: 11, Heartbeat: 12, SyncGroup: 14 })
    const Broker = internal('src/broker/index.js')
    if (typeof Broker !== 'function') throw new Error('the broker is not a class')
    const broker: object = Reflect.construct(Broker, [{ connectionPool: {}, logger: { namespace: () => ({}) } }])
    expect(Object.hasOwn(broker, 'lookupRequest')).toBe(true)
    for (const [file, version] of [
      ['joinGroup', 5],
      ['heartbeat', 3],
      ['syncGroup', 3],
    ] as const) {
      const { protocol } = internal(`src/protocol/requests/${file}/index.js`) as { protocol(api: { version: number }): Encode }
      const { request } = protocol({ version })({ ...member, groupInstanceId: 'worker-7' })
      expect((await request.encode()).buffer.toString(), file).toContain('worker-7')
    }
  })

  it('takes an error of that type out of its fetch loop for a rebalance', () => {
    const { isRebalancing } = internal('src/errors.js') as { isRebalancing(error: unknown): boolean }
    expect(isRebalancing(Object.assign(new Error('ours'), { type: 'REBALANCE_IN_PROGRESS' }))).toBe(true)
    const { consumer } = createConsumer(config, { groupId: 'g' })
    expect(consumer.events.FETCH_START).toBe('consumer.fetch_start')
  })

  it('calls its listeners synchronously, in the order of the events, and lets their errors through', () => {
    const Emitter = internal('src/instrumentation/emitter.js')
    if (typeof Emitter !== 'function') throw new Error('the emitter is not a class')
    const emitter: unknown = Reflect.construct(Emitter, [])
    const { consumer } = createConsumer({ ...config }, { groupId: 'g' })
    expect(consumer.on(consumer.events.REBALANCING, () => undefined)).toBeTypeOf('function')
    const createKafkaConsumer = internal('src/consumer/index.js')
    if (typeof createKafkaConsumer !== 'function') throw new Error('the consumer factory is not a function')
    const logger = { namespace: () => logger, info() {}, error() {}, warn() {}, debug() {} }
    const bare = createKafkaConsumer({ cluster: {}, groupId: 'g', logger, instrumentationEmitter: emitter }) as typeof consumer
    const seen: string[] = []
    bare.on(bare.events.REBALANCING, () => void seen.push('first'))
    bare.on(bare.events.REBALANCING, () => void seen.push('second'))
    const emit = (): void => (emitter as { emit(name: string, payload: object): void }).emit('consumer.rebalancing', {})
    emit()
    expect(seen).toEqual(['first', 'second'])
    bare.on(bare.events.REBALANCING, () => {
      throw new Error('from a listener')
    })
    expect(emit).toThrow('from a listener')
  })

  it('answers "out of range" with a commit of a negative offset on the coordinator', async () => {
    const OffsetManager = internal('src/consumer/offsetManager/index.js')
    if (typeof OffsetManager !== 'function') throw new Error('the offset manager is not a class')
    const commits: unknown[] = []
    const coordinator = { isConnected: () => true, offsetCommit: async (request: unknown) => void commits.push(request) }
    const cluster = {
      defaultOffset: ({ fromBeginning }: { fromBeginning: boolean }) => (fromBeginning ? -2 : -1),
      committedOffsets: () => ({}),
    }
    const manager = Reflect.construct(OffsetManager, [
      {
        cluster,
        coordinator,
        memberAssignment: { t: [0] },
        topicConfigurations: { t: { fromBeginning: true } },
        groupId: 'g',
        generationId: 1,
        memberId: 'm',
      },
    ]) as { setDefaultOffset(place: { topic: string; partition: number }): Promise<void> }
    await manager.setDefaultOffset({ topic: 't', partition: 0 })
    expect(commits).toMatchObject([{ topics: [{ topic: 't', partitions: [{ partition: 0, offset: -2 }] }] }])
  })

  it('tells the offset it asked for with every batch', () => {
    const Batch = internal('src/consumer/batch.js')
    if (typeof Batch !== 'function') throw new Error('the batch is not a class')
    const batch: unknown = Reflect.construct(Batch, ['t', '5', { partition: 0, highWatermark: '9', abortedTransactions: [], messages: [] }])
    expect(batch).toMatchObject({ fetchedOffset: '5' })
  })

  it('bails out of its loops on errors that are not retriable', async () => {
    const createRetry = internal('src/retry/index.js')
    if (typeof createRetry !== 'function') throw new Error('the retrier is not a function')
    let tries = 0
    const retrier = createRetry({ retries: 5, initialRetryTime: 1 }) as (work: () => Promise<void>) => Promise<void>
    const run = retrier(async () => {
      tries += 1
      throw Object.assign(new Error('closed'), { retriable: false })
    })
    await expect(run).rejects.toThrow('closed')
    expect(tries).toBe(1)
  })
})
