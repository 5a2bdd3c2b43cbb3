/** The peer's own scenario in one process with services in memory (spec INT-9): the same handlers, the same load, faults on a script. */
import { brokerDown, failSink, type HandlerRun, killWorker, rebalance, runHandler, throttled } from '@drakkar/core/testing'
import fileSinks from '@drakkar/sink-file'
import httpSink from '@drakkar/sink-http'
import kafkaSink from '@drakkar/sink-kafka'
import mongoSink from '@drakkar/sink-mongo'
import postgresSink from '@drakkar/sink-postgres'
import redisSink from '@drakkar/sink-redis'
import { beforeAll, describe, expect, it } from 'vitest'
import fast from '../fixtures/search-pipeline/fast.mjs'
import primary from '../fixtures/search-pipeline/primary.mjs'
import { matchesIn } from '../support/search-pipeline/corpus.ts'
import { isUnreadable, messageOf, requestCount, requestOf, searchesOf, totalOf } from '../support/search-pipeline/requests.ts'
import type { FoundSearch, RequestTotal } from '../support/search-pipeline/services.ts'

const partitions = 50
const numbers = Array.from({ length: requestCount }, (_, n) => n)
const requests = numbers.filter((n) => !isUnreadable(n)).map(requestOf)
const messages = numbers.map((n) => ({ partition: n % partitions, key: `k${n}`, raw: messageOf(n) }))

/** Every twentieth run fails; the others print what grep would. */
let runs = 0
function search({ args: [pattern = '', path = '', seconds = '0'] }: { readonly args: readonly string[] }) {
  runs += 1
  if (runs % 20 === 0) return { exitCode: 1, stderr: 'SIMULATED FAILURE' }
  return { stdout: `${pattern}\n`.repeat(matchesIn(pattern, path)), seconds: 0.05 + Number(seconds) }
}

function dataOf<T>(run: HandlerRun, sink: string): readonly T[] {
  return run.delivered.flatMap((one) => (one.sink === sink ? [(one.payload as { data: T }).data] : []))
}

function expectCommitted(run: HandlerRun): void {
  const expected = Array.from({ length: partitions }, (_, partition) => Math.ceil((requestCount - partition) / partitions))
  expect([...run.committed].toSorted(([a], [b]) => a - b)).toEqual(expected.map((offset, partition) => [partition, offset]))
  expect(new Set(run.deadLettered.map(({ stage }) => stage))).toEqual(new Set(['deserialize']))
}

describe('the primary workers', () => {
  let run: HandlerRun

  beforeAll(async () => {
    run = await runHandler(primary, {
      messages,
      partitions,
      programs: search,
      sinks: [kafkaSink, postgresSink, mongoSink, redisSink, httpSink, fileSinks],
      config: {
        executor: { binary_path: '/bin/sh', max_retries: 8, window_size: 10 },
        sinks: {
          kafka: { results: { topic: 'results' }, priority: { topic: 'priority' } },
          postgres: { archive: { dsn: 'postgres://localhost/archive' }, hot: { dsn: 'postgres://localhost/hot' } },
          mongo: { archive: { uri: 'mongodb://localhost', database: 'search' } },
          redis: { cache: { url: 'redis://localhost' } },
          http: { webhook: { url: 'http://localhost/hot' } },
          filesystem: { reports: { base_path: '/reports' } },
        },
      },
      faults: [
        rebalance({ afterDelivered: 200, partitions: [1, 2, 3, 40] }),
        failSink('redis/cache', { afterDelivered: 500, times: 3 }),
        failSink('http/webhook', { afterDelivered: 700, times: 2, error: throttled(1500) }),
        killWorker({ afterDelivered: 1500 }),
        brokerDown({ afterDelivered: 2500, seconds: 20 }),
      ],
    })
  })

  it('deliver every search to every sink', () => {
    const expected = requests.flatMap((request) =>
      searchesOf(request).map(({ pattern, path }) => `${request.request_id} ${pattern} ${path}`),
    )
    for (const sink of ['kafka/results', 'mongo/archive']) {
      const found = dataOf<FoundSearch>(run, sink)
      expect(found.filter(({ pattern, path, matches }) => matches !== matchesIn(pattern, path))).toEqual([])
      const ids = new Set(found.flatMap(({ pattern, path, requests: all }) => all.map((id) => `${id} ${pattern} ${path}`)))
      expect(expected.filter((id) => !ids.has(id))).toEqual([])
    }
    expect(dataOf(run, 'postgres/archive').length).toBe(dataOf(run, 'mongo/archive').length)
  })

  it('deliver the total of every request, and the hot ones where they belong', () => {
    const totals = (sink: string) => new Map(dataOf<RequestTotal>(run, sink).map(({ request_id, total }) => [request_id, total]))
    const expected = (above: number) =>
      new Map(requests.filter((request) => totalOf(request) > above).map((request) => [request.request_id, totalOf(request)]))
    expect(totals('kafka/priority')).toEqual(expected(-1))
    for (const sink of ['postgres/hot', 'http/webhook']) expect(totals(sink)).toEqual(expected(20))
    expect(totals('filesystem/reports')).toEqual(expected(50))
  })

  it('commit everything, and dead-letter what nobody can read', () => {
    expectCommitted(run)
    const dead = new Set(run.deadLettered.flatMap(({ partition, offsets }) => offsets.map((offset) => partition + offset * partitions)))
    expect([...dead].toSorted((a, b) => a - b)).toEqual(numbers.filter(isUnreadable))
  })

  it('were hit: a delivery came twice, programs failed and were run again', () => {
    const copies = dataOf<RequestTotal>(run, 'kafka/priority').length - requests.length
    const failures = run.executed.filter(({ status }) => status === 'exit').length
    process.stderr.write(
      `search pipeline in memory: ${copies} totals delivered again, ${failures} failed runs, ${run.seconds} virtual seconds\n`,
    )
    expect(failures).toBeGreaterThan(10)
  })
})

describe('the fast workers', () => {
  it('count every request and summarise every window', async () => {
    const run = await runHandler(fast, {
      messages,
      partitions,
      sinks: [kafkaSink],
      config: { sinks: { kafka: { counts: { topic: 'counts' }, windows: { topic: 'windows' } } } },
      faults: [rebalance({ afterDelivered: 100 }), killWorker({ afterDelivered: 300 })],
    })
    expectCommitted(run)
    const counts = dataOf<{ request_id: string; searches: number }>(run, 'kafka/counts')
    expect(new Map(counts.map(({ request_id, searches }) => [request_id, searches]))).toEqual(
      new Map(requests.map((request) => [request.request_id, searchesOf(request).length])),
    )
    const windows = dataOf<{ partition: number; offsets: readonly number[] }>(run, 'kafka/windows')
    const summarised = new Set(windows.flatMap(({ partition, offsets }) => offsets.map((offset) => partition + offset * partitions)))
    expect([...summarised].toSorted((a, b) => a - b)).toEqual(numbers.filter((n) => !isUnreadable(n)))
  })
})
