import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OnConflict } from './config.ts'
import { groupRows, toRows, type InsertGroup } from './request.ts'
import { conflictColumns, maxValuesRows, unnestStatement, valuesStatement } from './statement.ts'

function group(table: string, ...data: readonly object[]): InsertGroup {
  const { rows } = toRows(data.map((one) => deliveryItem({ table, data: one })))
  const [only] = groupRows(rows, { reorders: true, conflictColumns: [], maxRows: () => 1000 })
  if (only === undefined) throw new Error('no group')
  return only
}

describe('valuesStatement', () => {
  it('binds every value (PGS-1, PGS-10)', () => {
    expect(valuesStatement(group('app.t', { a: 1, b: 'x' }, { b: null, a: 2 }), null)).toEqual({
      text: 'INSERT INTO "app"."t" ("a", "b") VALUES ($1, $2), ($3, $4)',
      values: ['1', 'x', '2', null],
    })
  })

  it('makes a row of defaults (PGS-6)', () => {
    expect(valuesStatement(group('t', {}), null)).toEqual({ text: 'INSERT INTO "t" DEFAULT VALUES', values: [] })
  })

  it.each<[OnConflict, string]>([
    ['do_nothing', ' ON CONFLICT DO NOTHING'],
    [{ columns: ['a'], update: 'all' }, ' ON CONFLICT ("a") DO UPDATE SET "b" = EXCLUDED."b", "c" = EXCLUDED."c"'],
    [{ columns: ['a', 'b'], update: ['c', 'not_in_payload'] }, ' ON CONFLICT ("a", "b") DO UPDATE SET "c" = EXCLUDED."c"'],
    [{ columns: ['a'], update: [] }, ' ON CONFLICT ("a") DO NOTHING'],
    [{ columns: ['a', 'b', 'c'], update: 'all' }, ' ON CONFLICT ("a", "b", "c") DO NOTHING'],
  ])('on_conflict %j ends with %s (PGS-9)', (onConflict, clause) => {
    const { text } = valuesStatement(group('t', { a: 1, b: 2, c: 3 }), onConflict)
    expect(text).toBe(`INSERT INTO "t" ("a", "b", "c") VALUES ($1, $2, $3)${clause}`)
  })
})

describe('unnestStatement', () => {
  const types = new Map([
    ['"a"', { text: 'integer', oid: '23' }],
    ['"b"', { text: 'app."Mood"', oid: '16500' }],
  ])

  it('binds an array for each column and converts it to its type, as long as it is its type', () => {
    expect(unnestStatement(group('t', { a: 1, b: 'x' }, { a: 2, b: null }), types, 'do_nothing')).toEqual({
      text:
        'INSERT INTO "t" ("a", "b") SELECT v.c0::integer, v.c1::app."Mood" FROM unnest($1::text[], $2::text[]) AS v(c0, c1) ' +
        'WHERE (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass($3) ' +
        "AND (attname, atttypid) IN (('a', 23), ('b', 16500))) = 2 ON CONFLICT DO NOTHING",
      values: [['1', '2'], ['x', null], '"t"'],
    })
  })

  it.each([[{ a: 1, missing: 2 }], [{}]])('has none for %j', (data) => {
    expect(unnestStatement(group('t', data), types, null)).toBeNull()
  })
})

it('stays within the parameters the protocol can count', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1600 }), (columns) => {
      const rows = maxValuesRows(columns)
      return rows >= 1 && rows <= 100 && rows * columns <= 65_535
    }),
  )
})

it('knows the columns of which a statement must not contain a row twice', () => {
  expect(conflictColumns(null)).toEqual([])
  expect(conflictColumns('do_nothing')).toEqual([])
  expect(conflictColumns({ columns: ['id'], update: 'all' })).toEqual(['"id"'])
})

it('puts nothing of a payload but plain names into the text', () => {
  const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom('id', 'a"; drop', "x'", '$1', 'value'))
  fc.assert(
    fc.property(hostile, fc.dictionary(hostile, fc.oneof(hostile, fc.object()), { maxKeys: 4 }), (table, data) => {
      const { rows } = toRows([deliveryItem({ table, data })])
      for (const one of groupRows(rows, { reorders: true, conflictColumns: [], maxRows: () => 1 })) {
        expect(valuesStatement(one, null).text).toMatch(
          /^INSERT INTO "\w+"(\."\w+")? (DEFAULT VALUES|\("\w+"(, "\w+")*\) VALUES \(\$\d+(, \$\d+)*\))$/,
        )
      }
    }),
    { numRuns: 5000 },
  )
})
