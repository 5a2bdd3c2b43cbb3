/** The servers of the scenario, and how to read what is in them without asking a worker. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SinkHandleMap } from '@drakkar/plugin-sdk'
import { createTestContext, createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import mongoSink from '@drakkar/sink-mongo'
import redisSink from '@drakkar/sink-redis'
import type { ServiceHandle } from '../../services/service.ts'
import { startService } from '../../services/start-service.ts'
import { withClient } from '../faults/targets/postgres-target.ts'
import { writeCorpus } from './corpus.ts'

const receiver = fileURLToPath(new URL('../../fixtures/search-pipeline/webhook.mjs', import.meta.url))

export class SearchServices implements AsyncDisposable {
  readonly folder: string
  readonly kafka: ServiceHandle
  readonly #postgres: ServiceHandle
  readonly #mongo: ServiceHandle
  readonly #redis: ServiceHandle
  readonly #webhook: ChildProcess
  readonly #webhookPort: number

  private constructor(parts: { folder: string; servers: readonly ServiceHandle[]; webhook: ChildProcess; webhookPort: number }) {
    const [kafka, postgres, mongo, redis] = parts.servers
    if (kafka === undefined || postgres === undefined || mongo === undefined || redis === undefined) throw new Error('a server is missing')
    this.folder = parts.folder
    this.kafka = kafka
    this.#postgres = postgres
    this.#mongo = mongo
    this.#redis = redis
    this.#webhook = parts.webhook
    this.#webhookPort = parts.webhookPort
  }

  static async start(): Promise<SearchServices> {
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-search-'))
    await writeCorpus(join(folder, 'corpus'))
    await mkdir(join(folder, 'reports'))
    const servers: ServiceHandle[] = []
    for (const name of ['kafka', 'postgres', 'mongo', 'redis'] as const) servers.push(await startService(name))
    const webhook = fork(receiver, [join(folder, 'webhook.jsonl')], { stdio: 'ignore' })
    const [{ port }] = (await once(webhook, 'message')) as [{ port: number }]
    const services = new SearchServices({ folder, servers, webhook, webhookPort: port })
    await services.#createTables()
    return services
  }

  /** What the configurations of the scenario read. */
  environment(topic: string): Readonly<Record<string, string>> {
    return {
      SEARCH_BROKERS: this.kafka.url,
      SEARCH_TOPIC: topic,
      SEARCH_FILES: join(this.folder, 'corpus'),
      SEARCH_ARCHIVE: this.#database('archive'),
      SEARCH_HOT: this.#database('hot'),
      SEARCH_MONGO: this.#mongo.url,
      SEARCH_REDIS: this.#redis.url,
      SEARCH_WEBHOOK: `http://127.0.0.1:${this.#webhookPort}/hot`,
      SEARCH_REPORTS: join(this.folder, 'reports'),
    }
  }

  async archivedSearches(): Promise<readonly FoundSearch[]> {
    return withClient(this.#database('archive'), async (client) => {
      const { rows } = await client.query<FoundSearch>('select pattern, path, requests, matches from searches')
      return rows
    })
  }

  async hotRequests(): Promise<ReadonlyMap<string, number>> {
    return withClient(this.#database('hot'), async (client) => {
      const { rows } = await client.query<{ request_id: string; total: number }>('select request_id, total from hot_requests')
      return new Map(rows.map(({ request_id, total }) => [request_id, total]))
    })
  }

  async documents(): Promise<readonly FoundSearch[]> {
    const sink = createTestSink(mongoSink, { uri: this.#mongo.url, database: 'search' }, createTestContext({ type: 'mongo' }))
    await sink.connect?.(deliverCall())
    try {
      const { db } = sink.handle as SinkHandleMap['mongo']
      const found = await db.collection('searches').find({}).toArray()
      return found.map(({ pattern, path, requests, matches }) => ({ pattern, path, requests, matches }))
    } finally {
      await sink.close?.(deliverCall())
    }
  }

  /** Number of matches by `pattern:path`, with the seconds they are still kept. */
  async cached(): Promise<ReadonlyMap<string, { readonly matches: number; readonly ttlSeconds: number }>> {
    const sink = createTestSink(redisSink, { url: this.#redis.url }, createTestContext({ type: 'redis' }))
    await sink.connect?.(deliverCall())
    try {
      const driver = sink.handle as SinkHandleMap['redis']
      const keys = await driver.keys('search:*')
      const entries = keys.map(async (key) => {
        const [value, ttlSeconds] = [await driver.get(key), await driver.ttl(key)]
        return [key.slice('search:'.length), { matches: Number(value), ttlSeconds }] as const
      })
      return new Map(await Promise.all(entries))
    } finally {
      await sink.close?.(deliverCall())
    }
  }

  webhookCalls(): Promise<readonly RequestTotal[]> {
    return readLines(join(this.folder, 'webhook.jsonl'))
  }

  reports(): Promise<readonly RequestTotal[]> {
    return readLines(join(this.folder, 'reports', 'reports.jsonl'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#webhook.kill()
    for (const server of [this.kafka, this.#postgres, this.#mongo, this.#redis]) await server.dispose()
    await rm(this.folder, { recursive: true, force: true })
  }

  #database(name: string): string {
    const url = new URL(this.#postgres.url)
    url.pathname = `/${name}`
    return url.href
  }

  async #createTables(): Promise<void> {
    await withClient(this.#postgres.url, async (client) => {
      await client.query('create database archive')
      await client.query('create database hot')
    })
    await withClient(this.#database('archive'), (client) =>
      client.query('create table searches (pattern text not null, path text not null, requests jsonb not null, matches integer not null)'),
    )
    await withClient(this.#database('hot'), (client) =>
      client.query('create table hot_requests (request_id text primary key, total integer not null)'),
    )
  }
}

export interface FoundSearch {
  readonly pattern: string
  readonly path: string
  readonly requests: readonly string[]
  readonly matches: number
}

export interface RequestTotal {
  readonly request_id: string
  readonly total: number
  readonly searches: number
  readonly failed: number
}

/** An absent file has no lines. */
async function readLines(path: string): Promise<readonly RequestTotal[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
