/**
 * The MongoDB sink on a real server: what it writes, and faults F27 and F28. What the sink answered with ok is in the database,
 * whatever happened to server and network. The native server is FerretDB: failover, write concerns and validators are not shown
 * here but only by the tests of the package.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { ok, type SinkHandleMap, type SinkResponse } from '@drakkar/plugin-sdk'
import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import mongoSink, { type MongoPayload } from '@drakkar/sink-mongo'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { FaultProxy } from '../support/fault-proxy.ts'

let mongo: ServiceHandle
const ending: (() => Promise<void>)[] = []

beforeAll(async () => {
  mongo = await startService('mongo')
})

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

afterAll(async () => {
  await mongo.dispose()
})

async function startProxy(): Promise<FaultProxy> {
  const { hostname: host, port } = new URL(mongo.url)
  const proxy = await FaultProxy.start({ host, port: Number(port) })
  ending.push(() => proxy.close())
  return proxy
}

/** A sink with a database of its own. */
async function connected(config: object = {}) {
  const sink = createTestSink(mongoSink, { uri: mongo.url, database: `t-${randomUUID()}`, ...config })
  ending.push(async () => sink.close?.(deliverCall()))
  await sink.connect?.(deliverCall())
  const { db } = sink.handle as SinkHandleMap['mongo']
  return {
    db,
    /** Without `_id`. */
    stored: (name = 'runs') =>
      db
        .collection(name)
        .find({}, { projection: { _id: 0 } })
        .toArray(),
    /** `ok`, or kind and text of the error, in the order of the payloads. */
    async deliver(...payloads: readonly MongoPayload[]): Promise<string[]> {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, deliverCall())) ?? items.map(({ id }) => ok(id))
      return items.map(({ id }) => shown(responses.find((response) => response.id === id)))
    },
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  return typeof response.error === 'string' ? response.error : `${response.error.kind}: ${response.error.message}`
}

const run = (data: MongoPayload['data']): MongoPayload => ({ collection: 'runs', data })

it('inserts documents of several collections, and changes none of the objects (MGS-1, MGS-3)', async () => {
  const main = await connected()
  const data = Object.freeze({ text: 'é', at: new Date(5), big: 2n ** 60n, list: [1, { a: null }], gone: undefined })
  expect(await main.deliver(run(data), { collection: 'other.things', data: { n: 1 } })).toEqual(['ok', 'ok'])
  const [document] = await main.db.collection('runs').find({}, { useBigInt64: true }).toArray()
  expect(document).toEqual({ _id: expect.anything() as unknown, text: 'é', at: new Date(5), big: 2n ** 60n, list: [1, { a: null }] })
  expect(await main.stored('other.things')).toEqual([{ n: 1 }])
})

it('a duplicate in the middle of a batch fails alone (F28, MGS-4)', async () => {
  const main = await connected()
  await main.db.collection('runs').createIndex({ mail: 1 }, { unique: true })
  expect(await main.deliver(run({ mail: 'ada@example.org' }))).toEqual(['ok'])
  const payloads = Array.from({ length: 100 }, (_, n) => run({ mail: n % 25 === 10 ? 'ada@example.org' : `${n}@example.org` }))
  const answers = await main.deliver(...payloads)
  expect(answers.flatMap((answer, n) => (answer === 'ok' ? [] : [n]))).toEqual([10, 35, 60, 85])
  expect(answers[10]).toMatch(/^permanent: Collection "runs": .*code 11000/)
  expect(answers.join(' ')).not.toContain('ada@')
  expect(await main.stored()).toHaveLength(97)
})

it('a document over 16 MiB, one without BSON form and one without a usable name fail alone (F28)', async () => {
  const main = await connected()
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const answers = await main.deliver(
    run({ n: 1 }),
    run({ text: 'x'.repeat(17_000_000) }),
    run(circular),
    { collection: 'system.users', data: { n: 2 } },
    run({ n: 3 }),
  )
  expect(answers.map((answer) => answer.split(':')[0])).toEqual(['ok', 'permanent', 'permanent', 'permanent', 'ok'])
  expect(await main.stored()).toEqual([{ n: 1 }, { n: 3 }])
})

it('an upsert replaces the document of its key, however often it is delivered', async () => {
  const main = await connected({ upsert_key: ['id', 'part.n'] })
  const version = (value: number) => [1, 2, 3].map((n) => run({ id: 'a', part: { n }, value }))
  expect(await main.deliver(...version(1))).toEqual(['ok', 'ok', 'ok'])
  const ids = await main.db.collection('runs').distinct('_id')
  expect(await main.deliver(...version(2), run({ id: 'a' }))).toEqual(['ok', 'ok', 'ok', expect.stringMatching(/^permanent: .*part\.n/)])
  expect(await main.stored()).toEqual(version(2).map(({ data }) => data))
  expect(await main.db.collection('runs').distinct('_id')).toEqual(ids)
})

it('an upsert looks for a value that is an object, not for what matches it as a query', async () => {
  const main = await connected({ upsert_key: ['id'] })
  expect(await main.deliver(run({ id: 'a' }))).toEqual(['ok'])
  await main.deliver(run({ id: { $gt: '' }, value: 'replaced' }))
  expect(await main.stored()).toContainEqual({ id: 'a' })
})

it.each([
  { upsert_key: [], copies: 2 },
  { upsert_key: ['n'], copies: 1 },
])(
  'after a lost answer of a standalone server and another delivery, upsert_key $upsert_key: $copies of each document (F27)',
  async (given) => {
    const proxy = await startProxy()
    const main = await connected({ uri: `mongodb://127.0.0.1:${proxy.port}`, upsert_key: given.upsert_key })
    const payloads = Array.from({ length: 20 }, (_, n) => run({ n }))
    expect(await main.deliver(run({ n: 0 }))).toEqual(['ok'])
    await main.db.collection('runs').deleteMany({})
    proxy.cutAnswersAfter(2)
    const answers = await main.deliver(...payloads)
    expect(answers.every((answer) => answer.startsWith('transient: '))).toBe(true)
    await expect
      .poll(
        () =>
          main
            .stored()
            .then((documents) => documents.length)
            .catch(() => 0),
        { timeout: 20_000 },
      )
      .toBe(20)
    await expect.poll(() => main.deliver(...payloads), { timeout: 20_000 }).toEqual(payloads.map(() => 'ok'))
    const stored = await main.stored()
    const counts = payloads.map(({ data }) => stored.filter(({ n }) => n === data['n']).length)
    expect(counts).toEqual(payloads.map(() => given.copies))
  },
)

it('fails within its time limit on a connection that is half open, then works on a new one', async () => {
  const proxy = await startProxy()
  const limits = 'socketTimeoutMS=300&serverSelectionTimeoutMS=1000&connectTimeoutMS=1000'
  const main = await connected({ uri: `mongodb://127.0.0.1:${proxy.port}/?${limits}` })
  proxy.isHalfOpen = true
  expect(await main.deliver(run({ n: 1 }))).toEqual([expect.stringMatching(/^transient: /)])
  proxy.isHalfOpen = false
  await expect.poll(() => main.deliver(run({ n: 2 })), { timeout: 30_000 }).toEqual(['ok'])
  expect(await main.stored()).toContainEqual({ n: 2 })
})

it('loses nothing it acknowledged while the server is killed and stopped, and resumes by itself', async () => {
  const main = await connected({ uri: `${mongo.url}/?serverSelectionTimeoutMS=500` })
  const delivery = deliverUntilStopped(main.deliver)
  for (const fault of ['kill', 'stop'] as const) {
    await delivery.untilAccepted()
    const failedBefore = delivery.failed()
    await mongo[fault]()
    await expect.poll(delivery.failed, { timeout: 20_000 }).toBeGreaterThan(failedBefore)
    await mongo.start()
    await delivery.untilAccepted()
  }
  const acknowledged = await delivery.stop()
  const stored = new Set((await main.db.collection('runs').find().toArray()).map(({ key }) => key as string))
  expect(acknowledged.length).toBeGreaterThan(0)
  expect(acknowledged.filter((key) => !stored.has(key))).toEqual([])
}, 120_000)

interface Deliveries {
  failed(): number
  /** Resolves when a delivery begun after the call has been accepted whole. */
  untilAccepted(): Promise<void>
  stop(): Promise<readonly string[]>
}

function deliverUntilStopped(deliver: (...payloads: readonly MongoPayload[]) => Promise<string[]>): Deliveries {
  const acknowledged: string[] = []
  let failed = 0
  let accepted = 0
  let isStopped = false
  const work = (async () => {
    for (let round = 0; !isStopped; round += 1) {
      const keys = Array.from({ length: 20 }, (_, n) => `${round}-${n}`)
      const answers = await deliver(...keys.map((key) => run({ key })))
      const arrived = keys.filter((_key, n) => answers[n] === 'ok')
      acknowledged.push(...arrived)
      failed += keys.length - arrived.length
      if (arrived.length === keys.length) accepted += 1
      await sleep(10)
    }
  })()
  return {
    failed: () => failed,
    async untilAccepted() {
      const target = accepted + 2
      await expect.poll(() => accepted, { timeout: 30_000 }).toBeGreaterThanOrEqual(target)
    },
    async stop() {
      isStopped = true
      await work
      return acknowledged
    },
  }
}
