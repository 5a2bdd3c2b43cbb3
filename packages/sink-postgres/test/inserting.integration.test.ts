import { describe, expect, it } from 'vitest'
import type { PostgresPayload } from '../src/index.ts'
import { connectedSink, leftOut, RealDatabase, url } from './real-database.ts'

const row = (table: string, data: object): PostgresPayload => ({ table, data })
const rowsOf = (table: string, count: number, dataOf: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => row(table, dataOf(n)))
const kinds = (answers: readonly string[]) => answers.map((answer) => answer.split(':')[0])
const values = async (database: RealDatabase, table: string, column: string) => (await database.rows(table)).map((found) => found[column])

const types = `CREATE TYPE mood AS ENUM ('sad', 'ok');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE every_type (id bigint PRIMARY KEY, small smallint, amount numeric(12, 3), ratio double precision, "flag" boolean, label varchar(8),
    code char(4), body text, js json, jsb jsonb, bytes bytea, day date, stamp timestamptz, local timestamp, span interval, uid uuid,
    list int[], feeling mood, pos positive, net inet, bits bit(3), price money, doc xml, extra text DEFAULT 'default')`
const everyType = (id: bigint | number) => ({
  id,
  small: -5,
  amount: '123456789.1239',
  ratio: 1e-7,
  flag: true,
  label: 'abc',
  code: 'ab',
  body: 'é\n"\\\'{},NULL',
  js: { b: [1, null, 'x"y\\z'], a: {} },
  jsb: [1, { two: 'zwei' }],
  bytes: Uint8Array.from({ length: 256 }, (_, byte) => byte),
  day: new Date('2024-02-29T12:00:00Z'),
  stamp: new Date('2024-02-29T12:34:56.789Z'),
  local: '2024-01-02 03:04:05',
  span: '1 day 02:00',
  uid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  list: '{1,2,NULL}',
  feeling: 'ok',
  pos: 7,
  net: '10.0.0.1',
  bits: '101',
  price: '12.50',
  doc: '<a>b</a>',
})

describe.skipIf(url === '')(`inserting into a real server${leftOut}`, () => {
  it('takes every type, the same with few rows and with many (PGS-5)', async () => {
    await using database = await RealDatabase.create(types)
    await using sink = await connectedSink(database)
    const largest = 9_223_372_036_854_775_807n
    expect(await sink.deliver([row('every_type', everyType(largest))])).toEqual(['ok'])
    expect(new Set(await sink.deliver(rowsOf('every_type', 150, (n) => everyType(n))))).toEqual(new Set(['ok']))
    const stored = await database.rows('every_type')
    expect(stored).toHaveLength(151)
    const { id: _first, ...first } = stored[0] ?? {}
    const { id, ...last } = stored[150] ?? {}
    expect(id).toBe(String(largest))
    expect(last).toEqual(first)
    expect(last).toMatchObject({
      amount: '123456789.124',
      ratio: 1e-7,
      code: 'ab  ',
      body: 'é\n"\\\'{},NULL',
      js: { b: [1, null, 'x"y\\z'], a: {} },
      jsb: [1, { two: 'zwei' }],
      bytes: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      stamp: new Date('2024-02-29T12:34:56.789Z'),
      list: [1, 2, null],
      extra: 'default',
    })
  })

  it('takes null, undefined, no field at all, and times far away (PGS-6)', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (id serial, a int DEFAULT 5, b text DEFAULT 'd', at timestamptz)`)
    await using sink = await connectedSink(database)
    const answers = await sink.deliver([
      row('t', {}),
      row('t', {}),
      row('t', { a: null, b: undefined }),
      row('t', { at: new Date('-000043-03-15T00:00:00Z') }),
      row('t', { at: new Date('+012345-01-01T00:00:00Z') }),
    ])
    expect(answers).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(await database.rows('t')).toMatchObject([
      { a: 5, b: 'd' },
      { a: 5, b: 'd' },
      { a: null, b: 'd' },
      { at: new Date('-000043-03-15T00:00:00Z') },
      { at: new Date('+012345-01-01T00:00:00Z') },
    ])
  })

  it('writes to schema.table, and to names that are words of SQL (PGS-3)', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE "select" ("from" int, "Order" int)`)
    await using sink = await connectedSink(database)
    expect(await sink.deliver([row(`${database.schema}.select`, { from: 1, Order: 2 })])).toEqual(['ok'])
    expect(await database.rows('"select"')).toEqual([{ from: 1, Order: 2 }])
  })

  it('fails exactly the bad rows of a batch of 500 and commits the others in order (F28)', async () => {
    await using database = await RealDatabase.create(
      `CREATE TABLE t (position serial, n int PRIMARY KEY, even int CHECK (even % 2 = 0), at date)`,
    )
    await using sink = await connectedSink(database)
    const bad: Readonly<Record<number, object>> = {
      100: { n: 'hunter2', even: 0 },
      101: { n: 99, even: 0 },
      250: { n: 250, even: 1 },
      251: { n: null, even: 0 },
      499: { n: 2 ** 40, even: 0 },
    }
    const answers = await sink.deliver(rowsOf('t', 500, (n) => bad[n] ?? { n, even: 2 * n }))
    const failed = answers.flatMap((answer, index) => (answer === 'ok' ? [] : [[index, answer]]))
    expect(failed.map(([index]) => index)).toEqual([100, 101, 250, 251, 499])
    expect(failed.map(([, answer]) => answer)).toEqual([
      'permanent: Payload 100 was not inserted into "t": invalid input syntax for type integer: "…" (SQLSTATE 22P02)',
      'permanent: Payload 101 was not inserted into "t": duplicate key value violates unique constraint "t_pkey" (SQLSTATE 23505)',
      expect.stringContaining('violates check constraint'),
      expect.stringContaining('null value in column "n"'),
      expect.stringContaining('value "…" is out of range for type integer'),
    ])
    expect(await values(database, 't', 'n')).toEqual(Array.from({ length: 500 }, (_, n) => n).filter((n) => !(n in bad)))
  })

  it('fails all 500 rows of a batch that is bad as a whole', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database)
    expect(new Set(kinds(await sink.deliver(rowsOf('t', 500, () => ({ n: 'x' })))))).toEqual(new Set(['permanent']))
    expect(await database.rows('t')).toEqual([])
  })

  it.each([1, 150])('fails only the rows for a table or a column that is missing, %i of them', async (count) => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database)
    const missing = rowsOf('missing', count, (n) => ({ n }))
    const noColumn = rowsOf('t', count, (n) => ({ n, nope: 1 }))
    const answers = await sink.deliver([row('t', { n: 1 }), ...missing, ...noColumn, row('t', { n: 2 })])
    expect(answers.at(0)).toBe('ok')
    expect(answers.at(-1)).toBe('ok')
    expect(answers[1]).toBe('permanent: Payload 1 was not inserted into "missing": relation "missing" does not exist (SQLSTATE 42P01)')
    expect(answers[count + 1]).toContain('column "nope" of relation "t" does not exist')
    expect(new Set(kinds(answers.slice(1, -1)))).toEqual(new Set(['permanent']))
    expect(await values(database, 't', 'n')).toEqual([1, 2])
  })

  it('keeps parents before children, also when one of them is bad', async () => {
    await using database = await RealDatabase.create(
      `CREATE TABLE parents (id int PRIMARY KEY, first_child int); CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents);
       ALTER TABLE parents ADD FOREIGN KEY (first_child) REFERENCES children`,
    )
    await using sink = await connectedSink(database)
    const family = (n: number) => [row('parents', { id: n, first_child: n === 0 ? null : n - 1 }), row('children', { id: n, parent: n })]
    const answers = await sink.deliver([...family(0), ...family(1), row('children', { id: 9, parent: 9 }), ...family(2)])
    expect(kinds(answers)).toEqual(['ok', 'ok', 'ok', 'ok', 'permanent', 'ok', 'ok'])
  })

  it('finds the rows a deferred constraint refuses at the commit', async () => {
    await using database = await RealDatabase.create(
      `CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE children (id int, parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED)`,
    )
    await using sink = await connectedSink(database)
    expect(kinds(await sink.deliver([row('children', { id: 1, parent: 1 }), row('parents', { id: 1 })]))).toEqual(['ok', 'ok'])
    const answers = await sink.deliver(rowsOf('children', 20, (n) => ({ id: n, parent: n === 13 ? 2 : 1 })))
    expect(answers.flatMap((answer, n) => (answer === 'ok' ? [] : [n]))).toEqual([13])
  })

  it.each([20, 300])('changes rows as often as the batch names them, %i payloads (PGS-9)', async (count) => {
    await using database = await RealDatabase.create(`CREATE TABLE t (id text PRIMARY KEY, last int, times int DEFAULT 1, kept text)`)
    await using sink = await connectedSink(database, { on_conflict: { columns: ['id'] } })
    await sink.deliver([row('t', { id: '0', last: -1, kept: 'x' })])
    const payloads = rowsOf('t', count, (n) => ({ id: n % 7, last: n }))
    expect(new Set(await sink.deliver(payloads))).toEqual(new Set(['ok']))
    expect(new Set(await sink.deliver(payloads))).toEqual(new Set(['ok']))
    const last = (id: number) => Math.max(...payloads.map((_, n) => n).filter((n) => n % 7 === id))
    expect(await database.rows('t')).toMatchObject(
      Array.from({ length: 7 }, (_, id) => ({ id: String(id), last: last(id), kept: id === 0 ? 'x' : null })),
    )
  })

  it('changes a row twice also where equal keys look different', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (id int PRIMARY KEY, last text)`)
    await using sink = await connectedSink(database, { on_conflict: { columns: ['id'], update: ['last'] } })
    expect(
      await sink.deliver([row('t', { id: '1', last: 'a' }), row('t', { id: '01', last: 'b' }), row('t', { id: ' 1', last: 'c' })]),
    ).toEqual(['ok', 'ok', 'ok'])
    expect(await database.rows('t')).toEqual([{ id: 1, last: 'c' }])
  })

  it('keeps the first row with do_nothing', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (id int PRIMARY KEY, value text)`)
    await using sink = await connectedSink(database, { on_conflict: 'do_nothing' })
    expect(await sink.deliver([row('t', { id: 1, value: 'a' }), row('t', { id: 1, value: 'b' }), row('t', { id: 2, value: 'c' })])).toEqual(
      ['ok', 'ok', 'ok'],
    )
    expect(await values(database, 't', 'value')).toEqual(['a', 'c'])
  })

  it('follows a column whose type changes between two batches', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int)`)
    await using sink = await connectedSink(database)
    await sink.deliver(rowsOf('t', 150, (n) => ({ n })))
    await database.execute('ALTER TABLE t ALTER COLUMN n TYPE text')
    expect(new Set(await sink.deliver(rowsOf('t', 150, (n) => ({ n: `text ${n}` }))))).toEqual(new Set(['ok']))
    expect(await database.rows('t')).toHaveLength(300)
  })

  it('never converts a value to the type a column had before', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n double precision, at timestamp, day text)`)
    await using sink = await connectedSink(database)
    const exact = '0.12345678901234567890123456789'
    const rows = rowsOf('t', 150, () => ({ n: exact, at: '2024-01-01 12:00:00+05', day: '20240229' }))
    expect(new Set(await sink.deliver(rows))).toEqual(new Set(['ok']))
    await database.execute(`TRUNCATE t; ALTER TABLE t ALTER n TYPE numeric, ALTER at TYPE timestamptz, ALTER day TYPE date USING day::date`)
    expect(new Set(await sink.deliver(rows))).toEqual(new Set(['ok']))
    expect(await database.rows('t')).toEqual(
      rows.map(() => ({ n: exact, at: new Date('2024-01-01T07:00:00Z'), day: new Date(2024, 1, 29) })),
    )
  })

  it('follows a table that is replaced, loses a column and gets one, also inside a transaction with other tables', async () => {
    await using database = await RealDatabase.create(`CREATE TABLE t (n int, extra text); CREATE TABLE u (n int)`)
    await using sink = await connectedSink(database)
    const both = (n: number) => [...rowsOf('t', 150, () => ({ n })), ...rowsOf('u', 150, () => ({ n }))]
    const all = new Set(['ok'])
    expect(new Set(await sink.deliver(both(1)))).toEqual(all)
    await database.execute('ALTER TABLE t ALTER n TYPE text; ALTER TABLE u ALTER n TYPE bigint')
    expect(new Set(await sink.deliver(both(2)))).toEqual(all)
    await database.execute('DROP TABLE t; CREATE TABLE t (later date, n smallint); ALTER TABLE u ALTER n TYPE text')
    expect(new Set(await sink.deliver(both(3)))).toEqual(all)
    await database.execute('ALTER TABLE t DROP later; ALTER TABLE u ADD more int')
    expect(new Set(await sink.deliver(both(4)))).toEqual(all)
    expect(await database.rows('t')).toHaveLength(300)
    expect(await database.rows('u')).toHaveLength(600)
    await database.execute('ALTER TABLE t RENAME n TO m')
    expect(new Set(kinds(await sink.deliver(rowsOf('t', 150, (n) => ({ n })))))).toEqual(new Set(['permanent']))
    expect(new Set(await sink.deliver(rowsOf('t', 150, (m) => ({ m }))))).toEqual(all)
  })

  it('takes a batch of which every row exists already', async () => {
    await using database = await RealDatabase.create('CREATE TABLE t (n int PRIMARY KEY)')
    await using sink = await connectedSink(database, { on_conflict: 'do_nothing' })
    const rows = rowsOf('t', 150, (n) => ({ n }))
    for (let time = 0; time < 3; time += 1) expect(new Set(await sink.deliver(rows))).toEqual(new Set(['ok']))
    expect(await database.rows('t')).toHaveLength(150)
  })
})
