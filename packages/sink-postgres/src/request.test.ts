import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PostgresPayload } from './payload.ts'
import { encodeRow, groupRows, halves, toRow, toRows, type OutgoingRow } from './request.ts'

const row = (data: object, table = 't', index = 0): OutgoingRow => toRow(deliveryItem<PostgresPayload>({ table, data }), index)

describe('toRow', () => {
  it('sorts the columns, so that payloads share a statement, and leaves undefined out', () => {
    expect(row({ b: 1, a: 'x', c: undefined, d: null })).toMatchObject({ columns: ['"a"', '"b"', '"d"'], values: ['x', '1', null] })
  })

  it('reads own fields only', () => {
    expect(row(Object.assign(Object.create({ inherited: 1 }), { own: 2 }))).toMatchObject({ columns: ['"own"'], values: ['2'] })
  })

  it.each([null, 1, 'x', [], new Date(), new Map(), Buffer.from('x')])('refuses data that is no object, like %j (PGS-6)', (data) => {
    const payload = { table: 't', data } as PostgresPayload
    expect(() => toRow(deliveryItem(payload), 0)).toThrow('data must be an object')
  })

  it('fails the payload with a bad name or value and makes rows of the others (PGS-2)', () => {
    const payloads = [{ a: 1 }, { 'a"; drop table t; --': 1 }, { a: new Set() }, { a: 2 }].map((data) =>
      deliveryItem<PostgresPayload>({ table: 't', data }),
    )
    const { rows, refused } = toRows(payloads)
    expect(rows.map(({ index }) => index)).toEqual([0, 3])
    expect(refused).toMatchObject([
      {
        id: payloads[1]?.id,
        status: 'failure',
        error: { kind: 'permanent', message: expect.stringContaining('Invalid SQL identifier') as string },
      },
      { id: payloads[2]?.id, status: 'failure', error: { kind: 'permanent' } },
    ])
  })
})

const anyValue = fc.oneof(
  fc.jsonValue(),
  fc.bigInt(),
  fc.double(),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 8 }),
  fc.constant(undefined),
)

describe('encodeRow', () => {
  it('gives the texts of the row that is inserted, and inserts the same as a payload (DLQ-5)', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c_1', 'D'), anyValue), (data) => {
        const sent = row(data)
        const body: unknown = JSON.parse(Buffer.from(encodeRow({ table: 't', data }).body).toString('utf8'))
        const { columns, values } = row(body as object)
        expect([columns, values]).toEqual([sent.columns, sent.values])
      }),
    )
  })

  it('throws for a value that has no text', () => {
    expect(() => encodeRow({ table: 't', data: { a: new Set() } })).toThrow(expect.objectContaining({ kind: 'permanent' }))
  })
})

const shapes = fc.constantFrom<[string, readonly string[]]>(
  ['t', ['id', 'v']],
  ['t', ['id']],
  ['t', ['v']],
  ['t', []],
  ['u', ['id', 'v']],
  ['u', []],
)
const manyRows = fc
  .array(fc.tuple(shapes, fc.nat({ max: 5 })), { maxLength: 40 })
  .map((list) =>
    list.map(([[table, columns], value], index) => row(Object.fromEntries(columns.map((name) => [name, value])), table, index)),
  )

describe('groupRows', () => {
  it('keeps every row once and the order within a table; a group has one table, the same columns, no key twice, and room', () => {
    fc.assert(
      fc.property(manyRows, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 9 }), (rows, reorders, isUpsert, most) => {
        const groups = groupRows(rows, { reorders, conflictColumns: isUpsert ? ['"id"'] : [], maxRows: () => most })
        const flat = groups.flatMap((group) => group.rows)
        expect(flat.toSorted((a, b) => a.index - b.index)).toEqual(rows)
        if (!reorders) expect(flat).toEqual(rows)
        for (const table of ['"t"', '"u"']) {
          expect(flat.filter((one) => one.table === table)).toEqual(rows.filter((one) => one.table === table))
        }
        for (const group of groups) {
          expect(new Set(group.rows.map((one) => JSON.stringify([one.table, one.columns]))).size).toBe(1)
          expect(group.rows.length).toBeLessThanOrEqual(group.columns.length === 0 ? 1 : most)
          const keys = group.rows.map(({ columns, values }) => values[columns.indexOf('"id"')]).filter((key) => key !== undefined)
          if (isUpsert) expect(new Set(keys).size).toBe(keys.length)
        }
      }),
    )
  })

  it('needs one statement for each table although their rows alternate, and neighbours only where the order matters', () => {
    const rows = Array.from({ length: 10 }, (_, index) => row({ id: index }, index % 2 === 0 ? 't' : 'u', index))
    const count = (reorders: boolean) => groupRows(rows, { reorders, conflictColumns: [], maxRows: () => 100 }).length
    expect([count(true), count(false)]).toEqual([2, 10])
  })
})

describe('halves', () => {
  it('splits every group until its rows are alone, in order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (count) => {
        const rows = Array.from({ length: count }, (_, index) => row({ id: index }, 't', index))
        const split = (group: Parameters<typeof halves>[0]): OutgoingRow[] =>
          group.rows.length === 1 ? [...group.rows] : halves(group).flatMap(split)
        expect(split({ table: '"t"', columns: ['"id"'], rows })).toEqual(rows)
        expect(halves({ table: '"t"', columns: ['"id"'], rows: rows.slice(0, 1) })).toEqual([])
      }),
    )
  })
})
