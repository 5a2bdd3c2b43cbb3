import { inspect } from 'node:util'
import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { Default } from 'typebox/value'
import { describe, expect, it, vi } from 'vitest'
import { createFakeSink, createResultsDatabase } from '../test/conformance-options.ts'
import { FakeDatabase } from '../test/fake-client.ts'
import { PostgresSinkConfig } from './config.ts'
import { postgresSink } from './index.ts'
import type { PostgresPayload } from './payload.ts'

const dsn = 'postgres://me:hunter2@fake/db'
const item = (n: unknown, table = 'results') => deliveryItem<PostgresPayload>({ table, data: { n } })

function fakeSink(database: FakeDatabase = createResultsDatabase(false), own: object = {}) {
  const context = createTestContext({ type: 'postgres' })
  return { database, context, sink: createFakeSink(database, Default(PostgresSinkConfig, { dsn, ...own }) as PostgresSinkConfig, context) }
}

describe('create', () => {
  it('refuses pool_min above pool_max (CFG-31)', () => {
    expect(() => createTestSink(postgresSink, { dsn, pool_min: 11 })).toThrow('pool_min (11) must not be greater than pool_max (10)')
  })
})

describe('connect', () => {
  it('logs host and database only (PGS-8)', async () => {
    const { context, sink } = fakeSink()
    await sink.connect(deliverCall())
    expect(context.logger.entries).toEqual([{ level: 'info', event: 'postgres_sink_connected', fields: { host: 'fake', database: 'db' } }])
  })
})

describe('handle (PGS-7, APP-10)', () => {
  it('has the pool of the connection, and none without one', async () => {
    const { sink } = fakeSink()
    const { handle } = sink
    expect(() => handle.pool).toThrow(expect.objectContaining({ code: 'DRK_SINK_NOT_CONNECTED' }))
    await sink.connect(deliverCall())
    expect(handle.pool).toBe(sink.pool)
    expect(handle.pool.connect).toBeTypeOf('function')
    await sink.close()
    expect(() => handle.pool).toThrow(expect.objectContaining({ code: 'DRK_SINK_NOT_CONNECTED' }))
  })
})

describe('deliver', () => {
  it('answers for each payload', async () => {
    const { database, sink } = fakeSink()
    await sink.connect(deliverCall())
    const batch = [item(1), item('x'), item(2, 'a"; drop'), item(3, 'missing'), item(4)]
    const answers = (await sink.deliver(batch, deliverCall())) ?? []
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    expect(batch.map(({ id }) => byId.get(id)?.status)).toEqual(['ok', 'failure', 'failure', 'failure', 'ok'])
    expect(answers).toHaveLength(batch.length)
    expect(database.rows.map(({ values }) => values)).toEqual([['1'], ['4']])
  })

  it('gives line and texts of a payload without a connection', () => {
    const { sink } = fakeSink()
    expect(sink.orderingKey({ table: 'app.t', data: {} })).toBe('app.t')
    expect(String(sink.encode({ table: 't', data: { b: 1n, a: Buffer.from('é') } }).body)).toBe(String.raw`{"a":"\\xc3a9","b":"1"}`)
  })

  it('sends nothing when no payload makes a row', async () => {
    const { database, sink } = fakeSink()
    await sink.connect(deliverCall())
    await sink.deliver([item(1, 'a b')], deliverCall())
    expect(database.statements).toEqual([])
  })
})

describe('close', () => {
  it('logs and reports a connection that cannot be ended', async () => {
    const database = new FakeDatabase()
    const { context, sink } = fakeSink(database)
    const client = database.createClient()
    vi.spyOn(database, 'createClient').mockReturnValue({ ...client, disconnect: () => Promise.reject(new Error('stuck')) })
    await sink.connect(deliverCall())
    await expect(sink.close()).rejects.toThrow('stuck')
    expect(context.logger.entries.at(-1)).toMatchObject({ level: 'error', event: 'postgres_sink_close_error' })
  })
})

describe('the definition', () => {
  it('is idempotent exactly with on_conflict (PGS-9, SNK-18)', () => {
    const { idempotent } = postgresSink
    const decide = (on_conflict: unknown) =>
      typeof idempotent === 'function' && idempotent(Default(PostgresSinkConfig, { dsn, on_conflict }) as PostgresSinkConfig)
    expect([decide(null), decide('do_nothing'), decide({ columns: ['id'] })]).toEqual([false, true, true])
  })

  it('opens nothing and shows no password', () => {
    const sink = createTestSink(postgresSink, { dsn })
    expect(inspect(sink, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })
})
