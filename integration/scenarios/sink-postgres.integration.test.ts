/**
 * Faults F27 and F29 under the PostgreSQL sink: the server is killed and stopped under load, and the network between fails in
 * every way. What the sink answered with ok is in the table; what it answered with failure is delivered again, as the framework
 * does.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sink } from '@drakkar/plugin-sdk'
import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import postgresSink, { type PostgresPayload } from '@drakkar/sink-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { FaultProxy } from '../support/fault-proxy.ts'

let postgres: ServiceHandle

beforeAll(async () => {
  postgres = await startService('postgres')
})

afterAll(async () => {
  await postgres.dispose()
})

it('loses nothing it acknowledged while the server is killed and stopped under load (F29)', async (test) => {
  if (postgres.limits.includes('no-restart')) test.skip('the server is not ours to stop')
  await execute('DROP TABLE IF EXISTS bounce; CREATE TABLE bounce (n text)')
  const sink = await connected(postgres.url)
  const delivery = deliverUntilStopped(sink, 'bounce')
  for (const fault of ['kill', 'stop', 'kill'] as const) {
    await delivery.untilAccepted()
    await postgres[fault]()
    await delivery.untilRefused()
    await postgres.start()
    await delivery.untilAccepted()
  }
  const { acknowledged, refused } = await delivery.stop()
  await sink.close?.(deliverCall())
  const stored = await countByName('bounce')
  report('F29 restart under load', {
    acknowledged: acknowledged.length,
    refused,
    stored: stored.size,
    lost: acknowledged.filter((n) => !stored.has(n)).length,
  })
  expect(acknowledged.filter((n) => !stored.has(n))).toEqual([])
  expect(Math.max(...stored.values())).toBe(1)
})

it.each([
  ['one statement', ['ack_a'], null, 1],
  ['a transaction of two tables', ['ack_a', 'ack_b'], null, 1],
  ['one statement, on_conflict', ['ack_a'], 'do_nothing', 0],
  ['a transaction of two tables, on_conflict', ['ack_a', 'ack_b'], 'do_nothing', 0],
] as const)('repeats at most %s whose acknowledgement was cut off (F27)', async (what, tables, on_conflict, maxDuplicates) => {
  const key = on_conflict === null ? '' : 'PRIMARY KEY'
  await execute(tables.map((table) => `DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (n text ${key})`).join('; '))
  await using proxy = await FaultProxy.start(addressOf(postgres.url))
  const sink = await connected(through(proxy), { on_conflict, pool_min: 1, pool_max: 1 })
  const payloadsOf = (round: number) =>
    Array.from({ length: 10 }, (_, n) => ({ table: tables[n % tables.length] ?? '', data: { n: `${round}/${n}` } }))
  let rounds = 0
  // Every place an answer can be cut at, until it is behind the last one.
  for (let isCut = true; isCut; rounds += 1) {
    const payloads = payloadsOf(rounds)
    proxy.cutAnswersAfter(rounds)
    const missing = await deliverOnce(sink, payloads)
    isCut = missing.length > 0
    if (isCut) expect(await deliverUntilAccepted(sink, missing)).toBe(true)
  }
  await sink.close?.(deliverCall())
  const counts = (await Promise.all(tables.map((table) => countByName(table)))).flatMap((byName) => [...byName.values()])
  const duplicates = counts.filter((count) => count > 1).length
  report(`F27 ${what}`, { cuts: rounds - 1, payloads: rounds * 10, stored: counts.length, duplicates })
  expect(counts).toHaveLength(rounds * 10)
  expect(Math.max(...counts)).toBeLessThanOrEqual(1 + maxDuplicates)
  // Without a single one the cuts would have missed the moment after the commit.
  expect(duplicates > 0).toBe(maxDuplicates > 0)
})

it('delivers through latency, resets, refused and half-open connections, and loses nothing', async () => {
  await execute('DROP TABLE IF EXISTS net; CREATE TABLE net (n text PRIMARY KEY)')
  await using proxy = await FaultProxy.start(addressOf(postgres.url))
  const sink = await connected(through(proxy), { on_conflict: 'do_nothing' })
  const payload = (n: string): PostgresPayload => ({ table: 'net', data: { n } })
  const deliver = (n: string, signal = new AbortController().signal) => deliverOnce(sink, [payload(n)], signal)

  proxy.latencyMs = 20
  expect(await deliver('slow')).toEqual([])
  const slow = deliver('reset')
  await sleep(10)
  proxy.reset()
  const afterReset = await slow
  proxy.latencyMs = 0
  expect(await deliverUntilAccepted(sink, afterReset)).toBe(true)

  proxy.refuse()
  expect(await deliver('refused')).toEqual([payload('refused')])
  proxy.accept()
  expect(await deliverUntilAccepted(sink, [payload('refused')])).toBe(true)

  proxy.isHalfOpen = true
  expect(await deliver('half open', AbortSignal.timeout(300))).toEqual([payload('half open')])
  proxy.isHalfOpen = false
  expect(await deliverUntilAccepted(sink, [payload('half open')])).toBe(true)

  await sink.close?.(deliverCall())
  expect([...(await countByName('net')).keys()].toSorted()).toEqual(['half open', 'refused', 'reset', 'slow'])
})

type PostgresTestSink = Sink<PostgresPayload>

async function connected(dsn: string, config: object = {}): Promise<PostgresTestSink> {
  const sink = createTestSink(postgresSink, { dsn, ...config })
  await sink.connect?.(deliverCall())
  return sink
}

function addressOf(url: string) {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port || 5432) }
}

function through(proxy: FaultProxy): string {
  return Object.assign(new URL(postgres.url), { hostname: '127.0.0.1', port: String(proxy.port) }).href
}

/** The payloads that were not answered with ok. A failure that is not transient ends the test. */
async function deliverOnce(
  sink: PostgresTestSink,
  payloads: readonly PostgresPayload[],
  signal = new AbortController().signal,
): Promise<PostgresPayload[]> {
  const items = payloads.map((payload) => deliveryItem(payload))
  const answers = (await sink.deliver(items, deliverCall({ signal }))) ?? []
  const failed = answers.flatMap((answer) => (answer.status === 'failure' ? [answer] : []))
  for (const { error } of failed) expect(error).toMatchObject({ kind: expect.stringMatching('transient|throttled') as string })
  const failedIds = new Set(failed.map(({ id }) => id))
  return items.filter(({ id }) => failedIds.has(id)).map(({ payload }) => payload)
}

async function deliverUntilAccepted(sink: PostgresTestSink, payloads: readonly PostgresPayload[]): Promise<boolean> {
  const deadline = performance.now() + 20_000
  let missing = payloads
  while (missing.length > 0 && performance.now() < deadline) missing = await deliverOnce(sink, missing)
  return missing.length === 0
}

interface Deliveries {
  /** Resolves when a delivery begun after the call has been accepted whole. */
  untilAccepted(): Promise<void>
  untilRefused(): Promise<void>
  stop(): Promise<{ readonly acknowledged: readonly string[]; readonly refused: number }>
}

/** Each payload is delivered once: what was refused is given up, so that a row stored twice would be the sink's own doing. */
function deliverUntilStopped(sink: PostgresTestSink, table: string): Deliveries {
  const acknowledged: string[] = []
  const seen = { accepted: 0, refused: 0 }
  let stopped = false
  const work = (async () => {
    for (let round = 0; !stopped; round += 1) {
      const payloads = Array.from({ length: 150 }, (_, n) => ({ table, data: { n: `${round}/${n}` } }))
      const missing = new Set(await deliverOnce(sink, payloads))
      acknowledged.push(...payloads.filter((payload) => !missing.has(payload)).map(({ data }) => data.n))
      if (missing.size === 0) seen.accepted += 1
      else seen.refused += 1
      await sleep(5)
    }
  })()
  const until = async (what: keyof typeof seen): Promise<void> => {
    const target = seen[what] + 2
    const deadline = performance.now() + 60_000
    while (seen[what] < target) {
      if (performance.now() > deadline) expect.unreachable(`no delivery was ${what} within a minute`)
      await sleep(20)
    }
  }
  return {
    untilAccepted: () => until('accepted'),
    untilRefused: () => until('refused'),
    async stop() {
      stopped = true
      await work
      return { acknowledged, refused: seen.refused }
    },
  }
}

async function countByName(table: string): Promise<ReadonlyMap<string, number>> {
  const rows = await execute(`SELECT n, count(*)::int AS count FROM ${table} GROUP BY n`)
  return new Map(rows.map(({ n, count }) => [String(n), Number(count)]))
}

async function execute(sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(sql)
  await client.end()
  return rows
}

function report(what: string, figures: Readonly<Record<string, number>>): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
  process.stderr.write(`${what}: ${text.join(', ')}\n`)
}
