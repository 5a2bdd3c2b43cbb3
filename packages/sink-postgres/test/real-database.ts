/** A real server, its URL from `DRAKKAR_TEST_POSTGRES`, with a schema of its own for each test. */
import { randomUUID } from 'node:crypto'
import { defineSink, ok } from '@drakkar/plugin-sdk'
import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import type { CallOptions, Sink, SinkResponse } from '@drakkar/plugin-sdk'
import pg from 'pg'
import { createPostgresClient } from '../src/client.ts'
import { postgresSink, type PostgresHandle, type PostgresPayload } from '../src/index.ts'
import { PostgresSink } from '../src/sink.ts'
import { SeverableSockets } from './severable-sockets.ts'

export const url = process.env['DRAKKAR_TEST_POSTGRES'] ?? ''
/** For the titles of suites: without a server they say why they do not run. */
export const leftOut = url === '' ? ': LEFT OUT, DRAKKAR_TEST_POSTGRES is not set to a server (postgres://…)' : ''

type RowRecord = Readonly<Record<string, unknown>>

export class RealDatabase {
  readonly schema = `drakkar_${randomUUID().replaceAll('-', '')}`
  /** Of the sink under test, not of this class. */
  readonly sockets = new SeverableSockets()
  readonly #pool = new pg.Pool({ connectionString: url, max: 4 })
  readonly #connections: pg.Client[] = []

  /** `definitions`: DDL that runs with the schema first in the search path. */
  static async create(definitions: string): Promise<RealDatabase> {
    const database = new RealDatabase()
    database.#pool.on('error', () => undefined)
    await database.#pool.query(`CREATE SCHEMA ${database.schema}`)
    await database.execute(definitions)
    return database
  }

  /** With the schema in the search path, so that payloads need not name it. */
  get dsn(): string {
    const dsn = new URL(url)
    dsn.searchParams.set('options', `-c search_path=${this.schema}`)
    return dsn.href
  }

  async execute(sql: string): Promise<void> {
    await this.#pool.query(`SET search_path TO ${this.schema}; ${sql}; SET search_path TO public`)
  }

  async rows(table: string, order = '1'): Promise<readonly RowRecord[]> {
    const { rows } = await this.#pool.query<Record<string, unknown>>(`SELECT * FROM ${this.schema}.${table} ORDER BY ${order}`)
    return rows
  }

  /** A connection that does as the test wants, with the schema in its search path. Closed with the database. */
  async connection(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.dsn })
    client.on('error', () => undefined)
    await client.connect()
    this.#connections.push(client)
    return client
  }

  /** How many statements of sinks wait for a lock. Not asked inside a transaction, which would keep the first answer. */
  async countLockWaits(): Promise<number> {
    const { rows } = await this.#pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'test-worker-0' AND wait_event_type = 'Lock' AND state = 'active'`,
    )
    return rows[0]?.n ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#connections.map((client) => client.end()))
    await this.#pool.query(`DROP SCHEMA ${this.schema} CASCADE`)
    await this.#pool.end()
  }
}

/** The sink with sockets of the test. */
export function realDefinition({ sockets }: RealDatabase) {
  return defineSink({
    ...postgresSink,
    create: (config, context) =>
      new PostgresSink({
        config,
        context,
        createClient: async () =>
          createPostgresClient({
            dsn: config.dsn,
            ssl: false,
            poolMin: config.pool_min,
            poolMax: config.pool_max,
            onConflict: config.on_conflict,
            applicationName: context.worker.workerId,
            logger: context.logger,
            createSocket: sockets.create,
          }),
      }),
  })
}

export interface ConnectedSink extends AsyncDisposable {
  readonly sink: Sink<PostgresPayload>
  /** As handlers get it. */
  readonly pool: pg.Pool
  /** `ok`, or kind and text of the error, in the order of the payloads. */
  deliver(payloads: readonly PostgresPayload[], call?: CallOptions): Promise<string[]>
}

export async function connectedSink(database: RealDatabase, config: object = {}): Promise<ConnectedSink> {
  const sink = createTestSink(realDefinition(database), { dsn: database.dsn, pool_min: 1, ...config })
  await sink.connect?.(deliverCall())
  return {
    sink,
    pool: (sink.handle as PostgresHandle).pool,
    async deliver(payloads, call) {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, deliverCall(call))) ?? items.map(({ id }) => ok(id))
      const byId = new Map(responses.map((response) => [response.id, response]))
      return items.map(({ id }) => shown(byId.get(id)))
    },
    async [Symbol.asyncDispose]() {
      await sink.close?.(deliverCall())
    },
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  return typeof response.error === 'string' ? response.error : `${response.error.kind}: ${response.error.message}`
}
