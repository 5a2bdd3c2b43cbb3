import { createTestContext, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { postgresSink, type PostgresPayload } from '../src/index.ts'
import { connectedSink, leftOut, RealDatabase, url } from './real-database.ts'

const row = (table: string, data: object): PostgresPayload => ({ table, data })
const kinds = (answers: readonly string[]) => answers.map((answer) => answer.split(':')[0])

const untilLockWaits = (database: RealDatabase, count: number) =>
  vi.waitFor(async () => expect(await database.countLockWaits()).toBe(count), { timeout: 5000 })

describe.skipIf(url === '')(`outages of a real server${leftOut}`, () => {
  it('goes on after the server ended its connections', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database, { pool_min: 3 })
    const judge = await database.connection()
    await judge.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test-worker-0'`)
    await vi.waitFor(async () => expect(await sink.deliver([row('t', { n: 1 })])).toEqual(['ok']), { timeout: 5000 })
    expect(await database.rows('t')).toHaveLength(1)
  })

  it('answers transient when its connection is ended in the middle of a statement', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database)
    const judge = await database.connection()
    await judge.query('BEGIN; LOCK TABLE t')
    const delivering = sink.deliver([row('t', { n: 1 }), row('t', { n: 2 })])
    await untilLockWaits(database, 1)
    await judge.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test-worker-0'`)
    expect(kinds(await delivering)).toEqual(['transient', 'transient'])
    await judge.query('COMMIT')
    expect(await sink.deliver([row('t', { n: 3 })])).toEqual(['ok'])
    expect(await database.rows('t')).toEqual([{ n: 3 }])
  })

  it('does a transaction once more that a deadlock rolled back, with every row once (F29)', async () => {
    await using database =
      await RealDatabase.create(`CREATE TABLE a (id int PRIMARY KEY, v int); CREATE TABLE b (id int PRIMARY KEY, v int);
      CREATE TABLE log (id int UNIQUE, v int); INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0)`)
    await using sink = await connectedSink(database, { on_conflict: { columns: ['id'] } })
    const other = await database.connection()
    // The other side waits ten times longer before it looks for a deadlock, so the sink's statement is the one that is refused.
    await other.query(`SET deadlock_timeout = '60s'; BEGIN; UPDATE b SET v = 1`)
    const delivering = sink.deliver([row('log', { id: 7, v: 2 }), row('a', { id: 1, v: 2 }), row('b', { id: 1, v: 2 })])
    await untilLockWaits(database, 1)
    await other.query('UPDATE a SET v = 1')
    // The second attempt waits for the other side, which has both rows now.
    await untilLockWaits(database, 1)
    await other.query('COMMIT')
    expect(await delivering).toEqual(['ok', 'ok', 'ok'])
    expect([await database.rows('a'), await database.rows('b')]).toEqual([[{ id: 1, v: 2 }], [{ id: 1, v: 2 }]])
    expect(await database.rows('log')).toEqual([{ id: 7, v: 2 }])
  })

  it('answers transient when the second attempt cannot be serialized either', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int);
      CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM nextval('tries'); RAISE 'conflict' USING ERRCODE = 'serialization_failure'; END $$;
      CREATE SEQUENCE tries; CREATE TRIGGER conflicts BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION conflict()`)
    await using sink = await connectedSink(database)
    expect(kinds(await sink.deliver([row('t', { n: 1 }), row('t', { n: 2 })]))).toEqual(['transient', 'transient'])
    expect(await database.rows('tries')).toMatchObject([{ last_value: '2' }])
    expect(await database.rows('t')).toEqual([])
  })

  it('cancels on the server what an aborted call waits for, and inserts nothing of it', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database)
    const judge = await database.connection()
    await judge.query('BEGIN; LOCK TABLE t')
    const abort = new AbortController()
    const delivering = sink.deliver([row('t', { n: 1 })], { signal: abort.signal })
    await untilLockWaits(database, 1)
    abort.abort(new DOMException('too slow', 'TimeoutError'))
    expect(await delivering).toEqual(['transient: The call was aborted'])
    await untilLockWaits(database, 0)
    await judge.query('COMMIT')
    expect(await sink.deliver([row('t', { n: 2 })])).toEqual(['ok'])
    expect(await database.rows('t')).toEqual([{ n: 2 }])
  })

  it('waits for a connection that handlers hold, and lets go of the call when it is aborted', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database, { pool_max: 1 })
    const taken = await sink.pool.connect()
    const abort = new AbortController()
    const aborted = sink.deliver([row('t', { n: 1 })], { signal: abort.signal })
    abort.abort()
    expect(kinds(await aborted)).toEqual(['transient'])
    const delivering = sink.deliver([row('t', { n: 2 })])
    taken.release()
    expect(await delivering).toEqual(['ok'])
    expect(await database.rows('t')).toEqual([{ n: 2 }])
  })

  it('is throttled by a server without free connections (F29)', async () => {
    await using database = await RealDatabase.create(
      `CREATE TABLE t (n int); DROP ROLE IF EXISTS drakkar_limited; CREATE ROLE drakkar_limited LOGIN CONNECTION LIMIT 1`,
    )
    const dsn = new URL(database.dsn)
    dsn.username = 'drakkar_limited'
    const sink = postgresSink.create({ dsn: dsn.href, pool_min: 2, pool_max: 2, on_conflict: null, tls: false }, createTestContext())
    await expect(sink.connect?.(deliverCall())).rejects.toMatchObject({ kind: 'throttled', code: 'DRK_SINK_CONNECT_FAILED' })
    await sink.close?.(deliverCall())
  })

  it.each([
    ['password', { username: 'nobody', password: 'hunter2' }, 'role "nobody" does not exist'],
    ['database', { pathname: '/no_such_database' }, 'database "no_such_database" does not exist'],
  ])('refuses to connect with a wrong %s, permanently, and shows no secret', async (_what, wrong, text) => {
    const dsn = Object.assign(new URL(url), wrong)
    const sink = postgresSink.create({ dsn: dsn.href, pool_min: 1, pool_max: 1, on_conflict: null, tls: false }, createTestContext())
    const error: unknown = await Promise.resolve(sink.connect?.(deliverCall())).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message: expect.stringContaining(text) as string })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2')
    await expect(Promise.resolve(sink.deliver([deliveryItem(row('t', {}))], deliverCall()))).rejects.toMatchObject({
      code: 'DRK_SINK_NOT_CONNECTED',
    })
  })

  it('closes while a handler still holds a connection', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    const { sink, pool } = await connectedSink(database)
    const taken = await pool.connect()
    const lost = new Promise((resolve) => taken.once('error', resolve))
    const closing = sink.close?.(deliverCall())
    await lost
    taken.release()
    await closing
    expect(await database.sockets.countOpen()).toBe(0)
  })
})
