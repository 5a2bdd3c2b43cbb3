/** What the Kafka adapter promises about its group beyond the conformance suite, on a real broker. */
import type { ConsumerOptions, LogConsumer } from '@drakkar/plugin-sdk/log'
import { collectingListener, waitUntil, type CollectingListener, type CollectingListenerOptions } from '@drakkar/plugin-sdk/log/conformance'
import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { KafkaLog } from '../../packages/core/src/log/kafka/kafka-log.ts'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const deadlineMs = 40_000
const sessionTimeoutMs = 6000
const limit = () => ({ signal: AbortSignal.timeout(deadlineMs) })
const ascending = (partitions: readonly number[]): number[] => partitions.toSorted((a, b) => a - b)
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

let broker: ServiceHandle
let names = 0
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  // So that a topic is compacted within a test.
  broker = await startService('kafka', { settings: { 'log.cleaner.backoff.ms': '200' } })
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
afterAll(() => broker?.dispose())

function open(): KafkaLog {
  const log = new KafkaLog({ brokers: broker.url, session_timeout_ms: sessionTimeoutMs }, { logger: quiet, workerId: 'hand-over' })
  closing.push(() => log.close())
  return log
}

function unusedTopic(): string {
  names += 1
  return `hand-over-${process.pid}-${Date.now()}-${names}`
}

async function topicOf(partitions: number): Promise<string> {
  const topic = unusedTopic()
  await open().admin().createTopic(topic, partitions)
  return topic
}

/** One record per partition. */
async function sendToAll(topic: string, partitions: readonly number[], value: string): Promise<void> {
  const producer = open().producer()
  await producer.connect(limit())
  await producer.send(partitions.map((partition) => ({ topic, partition, value: Buffer.from(value) })))
  await producer.close()
}

interface Member {
  readonly consumer: LogConsumer
  readonly listener: CollectingListener
}

async function consume(
  topic: string,
  { listening = {}, ...options }: Partial<ConsumerOptions> & { listening?: CollectingListenerOptions } = {},
): Promise<Member> {
  const group = `${topic}-group`
  const consumer = open().consumer({ topic, group, maxPollRecords: 100, offsetReset: 'earliest', onOffsetOutOfRange: 'stop', ...options })
  const listener = collectingListener({ deadlineMs, ...listening })
  await consumer.start(listener, limit())
  return { consumer, listener }
}

async function shared(members: readonly Member[], partitions: number): Promise<void> {
  await waitUntil(
    () => {
      const sizes = members.map(({ listener }) => listener.partitions().length)
      return sizes.reduce((sum, size) => sum + size, 0) === partitions && Math.max(...sizes) - Math.min(...sizes) <= 1
    },
    { what: `${partitions} partitions to be shared by ${members.length}`, deadlineMs },
  )
}

function eventsOf(listener: CollectingListener, wanted: 'assign' | 'revoke' | 'lost' | 'rebalancing'): number[][] {
  return listener.events.flatMap((event) => (event.type === wanted ? ['partitions' in event ? [...event.partitions] : []] : []))
}

/** A consumer of plain kafkajs, with its round robin. */
async function foreigner(topic: string) {
  const kafka = new kafkajs.Kafka({ brokers: [broker.url], logLevel: kafkajs.logLevel.NOTHING })
  const consumer = kafka.consumer({
    groupId: `${topic}-group`,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: 400,
    maxWaitTimeInMs: 250,
  })
  const owned: number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => owned.splice(0, owned.length, ...(payload.memberAssignment[topic] ?? [])))
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async () => undefined })
  let left: Promise<void> | null = null
  const leave = (): Promise<void> => (left ??= consumer.disconnect())
  closing.push(leave)
  return { consumer, owned, leave }
}

describe('a partition that moves', () => {
  it('comes back while it drains: it is announced anew when the drain has ended, and the old period commits nothing more', async () => {
    const topic = await topicOf(4)
    let endDrain: () => void = () => undefined
    const drained = new Promise<void>((resolve) => (endDrain = resolve))
    const first = await consume(topic, { listening: { whileRevoking: () => drained } })
    const old = new Map(range(4).map((partition) => [partition, first.listener.request(partition, 0)]))
    const second = await consume(topic)
    await first.listener.waitFor('onRevoke', (listener) => eventsOf(listener, 'revoke').length === 1)
    const [moving = []] = eventsOf(first.listener, 'revoke')
    await second.consumer.stop()
    await first.listener.waitFor('the second rebalance', (listener) => eventsOf(listener, 'rebalancing').length >= 2)
    await sendToAll(topic, range(4), 'v')
    await first.listener.waitFor('what stays', ({ records }) => records.length >= 4 - moving.length)
    expect(eventsOf(first.listener, 'assign')).toEqual([range(4)])
    endDrain()
    await first.listener.waitFor('all four', ({ records }) => records.length >= 4)
    expect(eventsOf(first.listener, 'assign')).toEqual([range(4), moving])
    const requests = moving.flatMap((partition) => old.get(partition) ?? [])
    expect((await first.consumer.commit(requests)).refused).toEqual(requests)
    for (const partition of moving) expect(first.listener.offsets(partition)).toEqual([0])
  })

  it('holds nothing else up while it drains: what others leave behind is taken over meanwhile', async () => {
    const topic = await topicOf(6)
    let drained = Promise.resolve()
    const first = await consume(topic, { listening: { whileRevoking: () => drained } })
    const second = await consume(topic)
    await shared([first, second], 6)
    let endDrain: () => void = () => undefined
    drained = new Promise<void>((resolve) => (endDrain = resolve))
    const third = await consume(topic)
    await first.listener.waitFor('the second onRevoke', (listener) => eventsOf(listener, 'revoke').length === 2)
    const left = second.listener.partitions()
    await Promise.all([second, third].map(({ consumer }) => consumer.stop()))
    await first.listener.waitFor('what was left', (listener) => left.every((partition) => listener.assigned.has(partition)))
    await sendToAll(topic, left, 'v')
    await first.listener.waitFor('its records', ({ records }) => records.length >= left.length)
    endDrain()
    await first.listener.waitFor('all six', (listener) => eventsOf(listener, 'assign').flat().length === 6 + 3 + 1)
    expect(eventsOf(first.listener, 'lost')).toEqual([])
  })
})

describe('a static member', () => {
  it('comes back under its name after it ended, to the same partitions, without a rebalance for the others', async () => {
    const topic = await topicOf(6)
    const stays = await consume(topic, { groupInstanceId: 'stays' })
    const ends = await consume(topic, { groupInstanceId: 'restarts' })
    await shared([stays, ends], 6)
    const before = ends.listener.partitions()
    const rebalances = eventsOf(stays.listener, 'rebalancing').length
    await ends.consumer.stop()
    const startedMs = performance.now()
    const back = await consume(topic, { groupInstanceId: 'restarts' })
    await sendToAll(topic, range(6), 'v')
    await back.listener.waitFor('its records', ({ records }) => records.length >= before.length)
    process.stdout.write(`static member back at work after ${Math.round(performance.now() - startedMs)} ms\n`)
    expect(back.listener.partitions()).toEqual(before)
    expect(eventsOf(stays.listener, 'rebalancing')).toHaveLength(rebalances)
  })

  it('that stays away loses its partitions to the others when its session has expired', async () => {
    const topic = await topicOf(4)
    const stays = await consume(topic, { groupInstanceId: 'stays' })
    const ends = await consume(topic, { groupInstanceId: 'ends' })
    await shared([stays, ends], 4)
    await ends.consumer.stop()
    await stays.listener.waitFor('all four', (listener) => listener.partitions().length === 4)
    expect(eventsOf(stays.listener, 'lost')).toEqual([])
  })

  it('whose name another takes ends with a fatal error that says the name', async () => {
    const topic = await topicOf(2)
    const first = await consume(topic, { groupInstanceId: 'twin' })
    await consume(topic, { groupInstanceId: 'twin' })
    await first.listener.waitFor('a fatal error', ({ errors }) => errors.some(({ kind }) => kind === 'fatal'))
    expect(first.listener.errors.at(-1)?.message).toContain('"twin"')
    expect(ascending(eventsOf(first.listener, 'lost').flat())).toEqual([0, 1])
  })
})

describe('a member that stands still for longer than its session', () => {
  it('gives up everything before it does anything else, and begins anew with higher epochs', async () => {
    const topic = await topicOf(2)
    await sendToAll(topic, [0, 1], 'before')
    const { consumer, listener } = await consume(topic)
    await listener.waitFor('2 records', ({ records }) => records.length >= 2)
    const old = [0, 1].map((partition) => listener.request(partition, 1))
    const before = listener.events.length
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, sessionTimeoutMs + 1000)
    expect((await consumer.commit(old)).refused).toEqual(old)
    expect(listener.events[before]).toEqual({ type: 'lost', partitions: [0, 1] })
    await listener.waitFor('the new assignment', (seen) => seen.partitions().length === 2)
    for (const { partition, epoch } of old) expect(listener.request(partition, 1).epoch).toBeGreaterThan(epoch)
    await listener.waitFor('the records again', ({ records }) => records.length >= 4)
  })
})

describe('members of another client in the group', () => {
  it('get their share at once, as their assigner wants it; when they have gone, ours hand over again', async () => {
    const topic = await topicOf(6)
    const first = await consume(topic)
    const other = await foreigner(topic)
    await waitUntil(() => other.owned.length === 3 && first.listener.partitions().length === 3, { what: 'round robin', deadlineMs })
    expect(ascending(eventsOf(first.listener, 'lost').flat())).toEqual(ascending(other.owned))
    expect(eventsOf(first.listener, 'revoke')).toEqual([])
    const second = await consume(topic)
    await waitUntil(() => other.owned.length === 2, { what: 'three shares', deadlineMs })
    await other.leave()
    await shared([first, second], 6)
    const third = await consume(topic)
    await shared([first, second, third], 6)
    expect(eventsOf(first.listener, 'revoke').flat().length + eventsOf(second.listener, 'revoke').flat().length).toBe(2)
    await sendToAll(topic, range(6), 'v')
    await waitUntil(() => [first, second, third].reduce((sum, { listener }) => sum + listener.records.length, 0) === 6, {
      what: 'every record once',
      deadlineMs,
    })
  })

  it('that have worked on what was ours make us begin it anew, from their commit', async () => {
    const topic = await topicOf(2)
    for (const value of ['a', 'b', 'c', 'd']) await sendToAll(topic, [0, 1], value)
    const { listener } = await consume(topic)
    await listener.waitFor('8 records', ({ records }) => records.length >= 8)
    const other = await foreigner(topic)
    await waitUntil(() => other.owned.length === 1, { what: 'one partition each', deadlineMs })
    // Kafka lets any member commit any partition.
    await other.consumer.commitOffsets([0, 1].map((partition) => ({ topic, partition, offset: '3' })))
    const kept = listener.partitions()
    await other.leave()
    await listener.waitFor('the last record of both again', ({ records }) => records.length >= 10)
    for (const partition of kept) {
      expect(eventsOf(listener, 'lost').flat()).toContain(partition)
      expect(listener.assigned.get(partition)?.committed).toBe(3)
      expect(listener.offsets(partition)).toEqual([0, 1, 2, 3, 3])
    }
  })
})

describe('offsets without a record', () => {
  it('of transactions hold neither the position nor the lag', async () => {
    const topic = await topicOf(1)
    const producer = new kafkajs.Kafka({ brokers: [broker.url], logLevel: kafkajs.logLevel.NOTHING }).producer({
      transactionalId: `${topic}-transactions`,
      maxInFlightRequests: 1,
      idempotent: true,
    })
    await producer.connect()
    closing.push(() => producer.disconnect())
    for (const outcome of ['commit', 'abort', 'abort', 'commit', 'abort'] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: outcome }, { value: outcome }] })
      await transaction[outcome]()
    }
    const { consumer, listener } = await consume(topic)
    await listener.waitFor('4 records', ({ records }) => records.length >= 4)
    await sendToAll(topic, [0], 'last')
    await listener.waitFor('the last record', (seen) => seen.values().includes('last'))
    expect(listener.values()).toEqual(['commit', 'commit', 'commit', 'commit', 'last'])
    const final = await producer.transaction()
    await final.send({ topic, messages: [{ value: 'never' }] })
    await final.abort()
    await consumer.commit(listener.settled())
    await waitUntil(async () => (await consumer.lag()).get(0) === 0, { what: 'no lag', deadlineMs })
  })

  it('of compaction hold neither the position nor the lag, nor what follows', async () => {
    const topic = unusedTopic()
    const admin = new kafkajs.Kafka({ brokers: [broker.url], logLevel: kafkajs.logLevel.NOTHING }).admin()
    await admin.connect()
    closing.push(() => admin.disconnect())
    const configEntries = Object.entries({
      'cleanup.policy': 'compact',
      'segment.ms': '200',
      'min.cleanable.dirty.ratio': '0.001',
      'max.compaction.lag.ms': '200',
    }).map(([name, value]) => ({ name, value }))
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] })
    const log = open()
    const producer = log.producer()
    await producer.connect(limit())
    let count = 0
    const compacted = async (): Promise<boolean> => {
      // Segments roll, and are cleaned, only while records come.
      for (const key of ['a', 'b', 'c']) await producer.send([{ topic, key: Buffer.from(key), value: Buffer.from(String((count += 1))) }])
      const offsets: number[] = []
      for await (const record of log.read(topic, limit())) offsets.push(record.offset)
      return offsets.length < count && offsets.some((offset, index) => index > 0 && offset > (offsets[index - 1] ?? 0) + 1)
    }
    await waitUntil(compacted, { what: 'a gap', deadlineMs })
    const { consumer, listener } = await consume(topic)
    await listener.waitFor('the last record', ({ records }) => records.at(-1)?.offset === count - 1)
    expect(listener.records.length).toBeLessThan(count)
    await consumer.commit(listener.settled())
    expect((await consumer.lag()).get(0)).toBe(0)
    await producer.send([{ topic, key: Buffer.from('d'), value: Buffer.from('last') }])
    await listener.waitFor('what follows', (seen) => seen.values().includes('last'))
  })
})
