/**
 * The peer's own scenario (spec section 30) as worker processes on real servers: three primary and two fast workers, six kinds of
 * sink, phases of load, one search in twenty failing, workers going down and coming up. At the end every request is where it
 * belongs.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/faults/waiting.ts'
import { processesWith } from '../support/process-scan.ts'
import { matchesIn } from '../support/search-pipeline/corpus.ts'
import { isUnreadable, messageOf, phases, requestCount, requestOf, searchesOf, totalOf } from '../support/search-pipeline/requests.ts'
import { type FoundSearch, type RequestTotal, SearchServices } from '../support/search-pipeline/services.ts'
import { SearchTopics } from '../support/search-pipeline/search-topics.ts'
import { Workers } from '../support/search-pipeline/workers.ts'

const topic = `search-${process.pid}`
const marker = `SEARCH_RUN=${topic}`
const command = fileURLToPath(new URL('./bin/drakkar.js', import.meta.resolve('@drakkar/cli/package.json')))
const primaryConfig = fileURLToPath(new URL('../fixtures/search-pipeline/primary.yaml', import.meta.url))

const numbers = Array.from({ length: requestCount }, (_, n) => n)
const requests = numbers.filter((n) => !isUnreadable(n)).map(requestOf)
const unreadable = numbers.filter(isUnreadable).map(messageOf)
const expectedSearches = requests.flatMap((request) =>
  searchesOf(request).map((search) => `${request.request_id} ${search.pattern} ${search.path}`),
)
const hot = requests.filter((request) => totalOf(request) > 20)
const reported = requests.filter((request) => totalOf(request) > 50)

let services: SearchServices
let topics: SearchTopics
let workers: Workers
let stopCodes: readonly (number | null)[]

beforeAll(async () => {
  services = await SearchServices.start()
  topics = await SearchTopics.create(topic, services.kafka.url)
  workers = new Workers({ environment: services.environment(topic), folder: services.folder, marker })
  for (const name of ['w1', 'w2', 'w3']) workers.start(name, 'primary')
  for (const name of ['fast1', 'fast2']) workers.start(name, 'fast')
  for (const name of ['w1', 'w2', 'w3', 'fast1', 'fast2']) await workers.untilRunning(name)
  const [chaosCodes] = await Promise.all([chaos(), load()])
  await until(isSettled, { what: 'both groups have committed everything', withinMs: 180_000, gaveUp: () => workers.fallen() })
  stopCodes = [...chaosCodes, ...(await workers.stopAll())]
}, 600_000)

afterAll(async () => {
  await workers.stopAll()
  await topics[Symbol.asyncDispose]()
  await services[Symbol.asyncDispose]()
})

async function load(): Promise<void> {
  for (const phase of phases) await topics.produce(phase)
}

/** Spec INT-8, with one of the ends a hard one. Resolves with the exit codes of the graceful ones. */
async function chaos(): Promise<readonly (number | null)[]> {
  const codes: (number | null)[] = []
  await sleep(2000)
  codes.push(await workers.stop('w2'))
  await sleep(1500)
  await workers.kill('w3')
  await sleep(1500)
  workers.start('w2', 'primary')
  codes.push(await workers.stop('w1'))
  await sleep(1500)
  workers.start('w1', 'primary')
  await sleep(500)
  workers.start('w3', 'primary')
  return codes
}

async function isSettled(): Promise<boolean> {
  if (topics.produced < requestCount) return false
  return (await topics.behind(`${topic}-primary`)) === 0 && (await topics.behind(`${topic}-fast`)) === 0
}

/** `request pattern path` of every search found, whose number of matches is right. */
function answered(searches: readonly FoundSearch[]): ReadonlySet<string> {
  const right = searches.filter(({ pattern, path, matches }) => matches === matchesIn(pattern, path))
  expect(right).toHaveLength(searches.length)
  return new Set(right.flatMap(({ pattern, path, requests: ids }) => ids.map((id) => `${id} ${pattern} ${path}`)))
}

function totals(found: readonly RequestTotal[]): ReadonlyMap<string, number> {
  return new Map(found.map(({ request_id, total }) => [request_id, total]))
}

const totalsOf = (expected: typeof requests) => new Map(expected.map((request) => [request.request_id, totalOf(request)]))

it('runs the handlers that the guide to fan-out and fan-in shows', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(`../${path}`, import.meta.url), 'utf8')
  const handlers = `${await read('fixtures/search-pipeline/primary.mjs')}${await read('fixtures/search-pipeline/fast.mjs')}`
  const shown = [...(await read('../docs/guides/fan-out-and-fan-in.md')).matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code ?? '')
  expect(shown).toHaveLength(3)
  for (const code of shown) expect(handlers).toContain(code)
})

describe('the search pipeline after its chaos', () => {
  it('has every search in the results topic, the archive and the documents, with the right number of matches', async () => {
    const [results, rows, documents] = [
      await topics.read<FoundSearch>('results'),
      await services.archivedSearches(),
      await services.documents(),
    ]
    const copies = results.reduce((sum, { requests: ids }) => sum + ids.length, 0) - expectedSearches.length
    process.stderr.write(`search pipeline: ${requests.length} requests, ${expectedSearches.length} searches, ${copies} delivered again\n`)
    for (const found of [results, rows, documents].map(answered)) expect(expectedSearches.filter((id) => !found.has(id))).toEqual([])
  })

  it('shares a search between requests of a window', async () => {
    const results = await topics.read<FoundSearch>('results')
    expect(results.some(({ requests: ids }) => ids.length > 1)).toBe(true)
  })

  it('has a total of every request, and no search given up', async () => {
    const aggregates = await topics.read<RequestTotal>('priority')
    expect(totals(aggregates)).toEqual(totalsOf(requests))
    expect(aggregates.filter(({ failed }) => failed > 0)).toEqual([])
  })

  it('has the hot requests in the hot table and at the webhook, the hottest in the report', async () => {
    expect(await services.hotRequests()).toEqual(totalsOf(hot))
    expect(totals(await services.webhookCalls())).toEqual(totalsOf(hot))
    expect(totals(await services.reports())).toEqual(totalsOf(reported))
    expect(reported.length).toBeGreaterThan(10)
  })

  it('has every search in the cache, for an hour', async () => {
    const cached = await services.cached()
    const searches = requests.flatMap(searchesOf)
    expect(searches.filter(({ pattern, path }) => cached.get(`${pattern}:${path}`)?.matches !== matchesIn(pattern, path))).toEqual([])
    expect([...cached.values()].every(({ ttlSeconds }) => ttlSeconds > 0 && ttlSeconds <= 3600)).toBe(true)
  })

  it('has a count of every request and a summary of every window from the fast workers', async () => {
    const counts = await topics.read<{ request_id: string; searches: number }>('counts')
    expect(new Map(counts.map(({ request_id, searches }) => [request_id, searches]))).toEqual(
      new Map(requests.map((request) => [request.request_id, searchesOf(request).length])),
    )
    const windows = await topics.read<{ partition: number; offsets: readonly number[]; searches: number }>('windows')
    const summarised = new Set(windows.flatMap(({ partition, offsets }) => offsets.map((offset) => partition + offset * 50)))
    expect([...summarised].toSorted((a, b) => a - b)).toEqual(numbers.filter((n) => !isUnreadable(n)))
  })

  it('has the messages nobody can read, and only those, in the dead-letter topics, from where they can be replayed byte for byte', async () => {
    const environment = {
      ...process.env,
      ...services.environment(topic),
      SEARCH_LOG: join(services.folder, 'replay.log'),
      SEARCH_PROGRAM: '/bin/true',
    }
    const words = ['dlq', 'replay', '--config', primaryConfig, '--mode', 'source', '--target-topic', `${topic}-replayed`]
    await promisify(execFile)(process.execPath, [command, ...words], { env: environment })
    const replayed = await topics.readRaw(`${topic}-replayed`)
    expect([...new Set(replayed)].toSorted()).toEqual(unreadable.toSorted())
    expect((await topics.readRaw(`${topic}-fast_dlq`)).length).toBeGreaterThanOrEqual(unreadable.length)
  })

  it('stopped every worker in order, and left no process behind', async () => {
    expect(stopCodes).toEqual(stopCodes.map(() => 0))
    expect(await processesWith(marker)).toEqual([])
  })
})
