/** What the adapter promises beyond the conformance suite, on a real broker: the traps of kafkajs and how they end. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { CodecError } from '@drakkar/kafka-codecs'
import type { ConsumerOptions, LogConsumer } from '@drakkar/plugin-sdk/log'
import { collectingListener, waitUntil, type CollectingListener } from '@drakkar/plugin-sdk/log/conformance'
import kafkajs from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { createConsumer } from '../../packages/core/src/log/kafka/kafkajs-cluster.ts'
import { KafkaLog } from '../../packages/core/src/log/kafka/kafka-log.ts'
import { kafkaClassPath } from '../services/kafka-native.ts'
import { commandWorks } from '../services/native-process.ts'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const deadlineMs = 40_000
const limit = () => ({ signal: AbortSignal.timeout(deadlineMs) })
const { CompressionCodecs, CompressionTypes } = kafkajs
const run = promisify(execFile)

let broker: ServiceHandle
let names = 0
const opened: KafkaLog[] = []

beforeAll(async () => {
  broker = await startService('kafka')
})
afterEach(async () => {
  for (const log of opened.splice(0)) await log.close()
})
afterAll(() => broker?.dispose())

function open(): KafkaLog {
  const log = new KafkaLog({ brokers: broker.url, session_timeout_ms: 6000 }, { logger: quiet, workerId: 'facts' })
  opened.push(log)
  return log
}

async function topicOf(log: KafkaLog, partitions = 1): Promise<string> {
  names += 1
  const topic = `facts-${process.pid}-${Date.now()}-${names}`
  await log.admin().createTopic(topic, partitions)
  return topic
}

async function fill(log: KafkaLog, topic: string, values: readonly string[]): Promise<void> {
  const producer = log.producer()
  await producer.connect(limit())
  await producer.send(values.map((value) => ({ topic, partition: 0, value: Buffer.from(value) })))
  await producer.close()
}

async function consume(
  log: KafkaLog,
  topic: string,
  options: Partial<ConsumerOptions> = {},
): Promise<{ consumer: LogConsumer; listener: CollectingListener }> {
  const consumer = log.consumer({
    topic,
    group: `${topic}-group`,
    maxPollRecords: 100,
    offsetReset: 'earliest',
    onOffsetOutOfRange: 'stop',
    ...options,
  })
  const listener = collectingListener({ deadlineMs })
  await consumer.start(listener, limit())
  return { consumer, listener }
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`)

describe('a codec that cannot be used', () => {
  it('ends the consumer with one fatal error that names the package', async () => {
    const log = open()
    const topic = await topicOf(log)
    const producer = log.producer({ compression: CompressionTypes.ZSTD })
    await producer.connect(limit())
    await producer.send([{ topic, value: Buffer.from('x'.repeat(1000)) }])
    const registered = CompressionCodecs[CompressionTypes.ZSTD]
    const missing = new CodecError({ codec: 'zstd', reason: 'missing', packageName: 'a-zstd-package', message: 'zstd is not here' })
    CompressionCodecs[CompressionTypes.ZSTD] = () => ({
      compress: () => Promise.reject(missing),
      decompress: () => Promise.reject(missing),
    })
    try {
      const { listener, consumer } = await consume(log, topic)
      await listener.waitFor('a fatal error', ({ errors }) => errors.length > 0)
      expect(listener.errors).toMatchObject([{ kind: 'fatal', code: 'DRK_LOG_CODEC_MISSING' }])
      expect(listener.errors[0]?.message).toContain('a-zstd-package')
      expect(listener.partitions()).toEqual([])
      await expect(consumer.commit([{ partition: 0, epoch: 1, offset: 1 }])).rejects.toMatchObject({ code: 'DRK_LOG_CLOSED' })
    } finally {
      CompressionCodecs[CompressionTypes.ZSTD] = registered
    }
  })
})

describe('records that are deleted under a running consumer', () => {
  it.each(['stop', 'earliest', 'latest'] as const)('policy %s is followed, and the committed offset is not touched', async (policy) => {
    const log = open()
    const topic = await topicOf(log)
    await fill(log, topic, numbered(3))
    const { consumer, listener } = await consume(log, topic, { onOffsetOutOfRange: policy })
    await listener.waitFor('3 records', ({ records }) => records.length >= 3)
    await consumer.commit([listener.request(0, 2)])
    consumer.pause([0])
    // Batches so large that one fetch holds one of them: what a pause keeps in memory ends well before what is deleted.
    for (const value of numbered(10)) await fill(log, topic, [value.padEnd(60_000)])
    await log.admin().deleteRecords(topic, 0, 8)
    consumer.resume([0])
    await listener.waitFor('the report', ({ errors }) => errors.some(({ code }) => code === 'DRK_LOG_OFFSET_OUT_OF_RANGE'))
    expect(listener.errors.every(({ kind }) => kind !== 'fatal')).toBe(true)
    expect([...(await log.admin().committed(`${topic}-group`, topic))]).toEqual([[0, 2]])
    if (policy !== 'stop') {
      await fill(log, topic, ['later'])
      await listener.waitFor('the last record', (seen) => seen.offsets(0).includes(13))
    }
    const held = listener.offsets(0).filter((offset) => offset > 2 && offset < 8)
    expect(held.length).toBeLessThan(5)
    const expected = { stop: [], earliest: [8, 9, 10, 11, 12, 13], latest: [13] }
    expect(listener.offsets(0)).toEqual([0, 1, 2, ...held, ...expected[policy]])
    expect([...(await log.admin().committed(`${topic}-group`, topic))]).toEqual([[0, 2]])
  })
})

describe('membership', () => {
  it('a join moves only what the newcomer gets; what stays is neither announced nor delivered again', async () => {
    const topic = await topicOf(open(), 12)
    const producer = open().producer()
    await producer.connect(limit())
    const sendToAll = (value: string) =>
      producer.send(Array.from({ length: 12 }, (_, partition) => ({ topic, partition, value: Buffer.from(value) })))
    await sendToAll('first')
    const all: CollectingListener[] = []
    for (const size of [1, 2, 3]) {
      all.push((await consume(open(), topic)).listener)
      await waitUntil(() => all.every((listener) => listener.partitions().length === 12 / size), {
        what: `${size} equal shares`,
        deadlineMs,
      })
    }
    // 6 of the first member's 12 moved to the second, then 2 of each to the third.
    const moved = (type: 'lost' | 'revoke') =>
      all.map(({ events }) => events.flatMap((event) => (event.type === type ? event.partitions : [])).length)
    expect(moved('revoke')).toEqual([8, 2, 0])
    expect(moved('lost')).toEqual([0, 0, 0])
    await sendToAll('second')
    await waitUntil(() => all.reduce((sum, listener) => sum + listener.values().filter((value) => value === 'second').length, 0) >= 12, {
      what: 'every record',
      deadlineMs,
    })
    for (const listener of all) {
      for (const partition of listener.partitions()) {
        const assigned = listener.events.filter((event) => event.type === 'assign' && event.partitions.includes(partition))
        expect(assigned).toHaveLength(1)
        expect(listener.offsets(partition)).toEqual([0, 1])
      }
    }
  })

  it('a member the group gave up loses its partitions, gets them anew with another epoch, and its old commits are refused', async () => {
    const log = open()
    const topic = await topicOf(log)
    await fill(log, topic, numbered(5))
    const { consumer, listener } = await consume(log, topic)
    await listener.waitFor('5 records', ({ records }) => records.length >= 5)
    const old = listener.request(0, 5)
    await expel(`${topic}-group`)
    await listener.waitFor('the loss', ({ events }) => events.some(({ type }) => type === 'lost'))
    await listener.waitFor('the new assignment', (seen) => (seen.assigned.get(0)?.epoch ?? 0) > old.epoch)
    expect(await consumer.commit([old])).toEqual({ committed: [], refused: [old] })
    await listener.waitFor('the records again', (seen) => seen.offsets(0).length >= 10)
    expect(listener.offsets(0)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  })

  it('an aborted start leaves no member behind that would go on consuming', async () => {
    const log = open()
    const topic = await topicOf(log)
    await fill(log, topic, numbered(5))
    const group = `${topic}-group`
    for (const afterMs of [0, 20, 60, 120]) {
      const consumer = log.consumer({ topic, group, maxPollRecords: 1, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' })
      const listener = collectingListener({ deadlineMs })
      const started = await consumer.start(listener, { signal: AbortSignal.timeout(afterMs) }).then(
        () => true,
        () => false,
      )
      if (started) await consumer.stop()
    }
    await waitUntil(async () => (await members(group)).length === 0, { what: 'an empty group', deadlineMs })
    const { listener } = await consume(log, topic)
    await listener.waitFor('5 records', ({ records }) => records.length >= 5)
    expect(await members(group)).toHaveLength(1)
  })
})

describe('a producer', () => {
  it('splits what is too much for one batch and keeps the order', async () => {
    const log = open()
    const topic = await topicOf(log)
    const values = numbered(3000).map((value) => value.padEnd(1000, '.'))
    await fill(log, topic, values)
    const seen: string[] = []
    for await (const record of log.read(topic, limit())) seen.push(Buffer.from(record.value ?? []).toString())
    expect(seen).toEqual(values)
  })

  it('reports a record the broker refuses as permanent, and stores those that travelled with it', async () => {
    const log = open()
    const topic = await topicOf(log)
    const producer = log.producer()
    await producer.connect(limit())
    const sends = [Buffer.from('before'), Buffer.alloc(2_000_000), Buffer.from('after')].map((value) => producer.send([{ topic, value }]))
    const outcomes = await Promise.allSettled(sends)
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { kind: 'permanent' } })
  })
})

describe('while no broker answers', () => {
  it('a send is transient, a stop ends, and everything works again afterwards', async (context) => {
    if (broker.limits.includes('no-restart')) context.skip('the broker is not ours to stop')
    const log = open()
    const topic = await topicOf(log)
    const producer = log.producer()
    await producer.connect(limit())
    const { consumer } = await consume(log, topic)
    await broker.kill()
    await expect(producer.send([{ topic, partition: 0, value: Buffer.from('lost?') }])).rejects.toMatchObject({ kind: 'transient' })
    await consumer.stop()
    await broker.start()
    await waitUntil(
      () =>
        producer.send([{ topic, partition: 0, value: Buffer.from('v') }]).then(
          () => true,
          () => false,
        ),
      { what: 'a send', deadlineMs },
    )
    const { listener } = await consume(log, topic)
    await listener.waitFor('a record', ({ records }) => records.length > 0)
  })
})

describe('Kafka’s own Java client', async () => {
  const hasCompiler = await commandWorks('javac', ['-version'])
  const peer = fileURLToPath(new URL('java/KafkaPeer.java', import.meta.url))
  const java = async (...args: string[]): Promise<string> => {
    const classPath = await kafkaClassPath((line) => process.stderr.write(`${line}\n`))
    const { stdout } = await run('java', ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath, peer, ...args], {
      timeout: 60_000,
    })
    return stdout
  }
  const codecs = { gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }
  const count = 500
  const values = Array.from({ length: count }, (_, index) => `value ${index} ${'abc'.repeat(20)}`)

  it.runIf(hasCompiler).each(Object.entries(codecs))('reads what we write and writes what we read: %s', async (name, compression) => {
    const log = open()
    const [ours, theirs] = [await topicOf(log), await topicOf(log)]
    const producer = log.producer({ compression })
    await producer.connect(limit())
    await producer.send(values.map((value) => ({ topic: ours, partition: 0, value: Buffer.from(value) })))
    expect((await java('consume', broker.url, ours, String(count))).trimEnd().split('\n')).toEqual(values)
    await java('produce', broker.url, theirs, name, String(count))
    const seen: string[] = []
    for await (const record of log.read(theirs, limit())) seen.push(Buffer.from(record.value ?? []).toString())
    expect(seen).toEqual(values)
  })
})

async function withAdmin<T>(work: (admin: ReturnType<InstanceType<typeof kafkajs.Kafka>['admin']>) => Promise<T>): Promise<T> {
  const admin = new kafkajs.Kafka({ brokers: [broker.url], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

async function members(group: string): Promise<readonly string[]> {
  const { groups } = await withAdmin((admin) => admin.describeGroups([group]))
  return groups.flatMap((one) => one.members.map(({ memberId }) => memberId))
}

/** What the broker does when a session expires: it forgets the member without telling it. */
async function expel(group: string): Promise<void> {
  const [memberId] = await members(group)
  const { cluster } = createConsumer({ brokers: [broker.url], logLevel: kafkajs.logLevel.NOTHING }, { groupId: group })
  await cluster.connect()
  const coordinator = await cluster.findGroupCoordinator({ groupId: group })
  const leave: unknown = Reflect.get(coordinator, 'leaveGroup')
  if (typeof leave !== 'function') throw new Error('kafkajs has no leaveGroup')
  await Reflect.apply(leave, coordinator, [{ groupId: group, memberId }])
  await cluster.disconnect()
}
