import { SinkError } from '@drakkar/plugin-sdk'
import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectionError, FakeDatabase, serverError } from '../test/fake-client.ts'
import type { PostgresPayload } from './payload.ts'
import { insertRows, type FailedRows } from './insert-rows.ts'
import { toRows, type OutgoingRow } from './request.ts'

type Nature = 'good' | 'bad' | 'deferred' | 'no table'

/** The nature of a row is its value. */
function rowsOf(natures: readonly Nature[]): readonly OutgoingRow[] {
  const payloads = natures.map((nature, index): PostgresPayload => ({
    table: nature === 'no table' ? 'missing' : index % 3 === 0 ? 'other' : 'results',
    data: { nature },
  }))
  return toRows(payloads.map((payload) => deliveryItem(payload))).rows
}

function databaseFor(): FakeDatabase {
  const database = new FakeDatabase()
  database.tables.add('"other"')
  database.refuses = (row) => (row.values[0] === 'bad' ? serverError('23514') : null)
  database.refusesDeferred = (row) => (row.values[0] === 'deferred' ? serverError('23503') : null)
  return database
}

function insert(database: FakeDatabase, rows: readonly OutgoingRow[], signal = new AbortController().signal): Promise<FailedRows> {
  return insertRows(rows, { client: database.createClient(), conflictColumns: [], signal })
}

const byIndex = (rows: Iterable<OutgoingRow>) => [...rows].map(({ index }) => index).toSorted((a, b) => a - b)
const natures = fc.array(fc.constantFrom<Nature>('good', 'good', 'good', 'bad', 'deferred', 'no table'), { maxLength: 30 })

describe('insertRows', () => {
  it('needs one statement for each table of a good batch', async () => {
    const database = databaseFor()
    const rows = rowsOf(Array.from({ length: 500 }, () => 'good'))
    expect(await insert(database, rows)).toEqual(new Map())
    expect(database.statements.map((group) => [group.table, group.rows.length])).toEqual([
      ['"other"', 167],
      ['"results"', 333],
    ])
  })

  it('fails exactly the rows that are refused, each with its own reason, and commits the others', async () => {
    await fc.assert(
      fc.asyncProperty(natures, async (given) => {
        const database = databaseFor()
        const rows = rowsOf(given)
        const failed = await insert(database, rows)
        expect(byIndex(failed.keys())).toEqual(byIndex(rows.filter(({ values }) => values[0] !== 'good')))
        expect(byIndex(database.rows)).toEqual(byIndex(rows.filter(({ values }) => values[0] === 'good')))
        const states: Readonly<Record<string, string>> = { bad: '23514', deferred: '23503', 'no table': '42P01' }
        for (const [row, error] of failed) {
          expect(error).toMatchObject({ kind: 'permanent', message: expect.stringContaining(states[row.values[0] ?? ''] ?? '') as string })
          expect(error.message).toContain(`Payload ${row.index} was not inserted into ${row.table}`)
        }
      }),
    )
  })

  it('gives every row exactly one end and keeps the order of a table, whatever fails', async () => {
    const fault = fc.constantFrom(
      null,
      null,
      null,
      connectionError(),
      serverError('40P01'),
      serverError('53300'),
      serverError('22P02'),
      new TypeError('defect'),
    )
    await fc.assert(
      fc.asyncProperty(natures, fc.array(fault, { maxLength: 8 }), async (given, faults) => {
        const database = databaseFor()
        database.nextErrors.push(...faults)
        const rows = rowsOf(given)
        const failed = await insert(database, rows)
        for (const row of rows) expect(Number(failed.has(row)) + Number(database.rows.includes(row))).toBe(1)
        for (const table of ['"results"', '"other"']) {
          const indexes = database.rows.filter((row) => row.table === table).map(({ index }) => index)
          expect(indexes).toEqual(byIndex(database.rows.filter((row) => row.table === table)))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('commits nothing when the transaction is lost, and keeps the verdicts found before', async () => {
    const database = databaseFor()
    const rows = rowsOf(['bad', 'good', 'good'])
    // Begin, refusal of the whole; begin, the bad row, then the connection is lost.
    database.nextErrors.push(null, null, null, null, connectionError())
    const failed = await insert(database, rows)
    expect(database.rows).toEqual([])
    expect([...failed.values()].map(({ kind }) => kind)).toEqual(['permanent', 'transient', 'transient'])
  })

  it.each(['40P01', '40001'])('does once more what %s rolled back, and no more often than that (F29)', async (state) => {
    const database = databaseFor()
    const rows = rowsOf(['good', 'bad', 'good'])
    const good = rows.filter(({ values }) => values[0] === 'good')
    database.nextErrors.push(serverError(state))
    expect(byIndex((await insert(database, rows)).keys())).toEqual([1])
    expect(byIndex(database.rows)).toEqual(byIndex(good))
    // Refused, then begin, a savepoint and what is rolled back in the second transaction; then everything again.
    database.rows.length = 0
    database.nextErrors.push(null, null, null, serverError(state))
    expect(byIndex((await insert(database, rows)).keys())).toEqual([1])
    expect(byIndex(database.rows)).toEqual(byIndex(good))
    database.rows.length = 0
    database.refuses = () => serverError(state)
    const before = database.statements.length
    const failed = await insert(database, rows)
    expect([...failed.values()].map(({ kind }) => kind)).toEqual(['transient', 'transient', 'transient'])
    expect([database.rows.length, database.statements.length - before]).toEqual([0, 2])
  })

  it.each([connectionError(), serverError('40003'), serverError('57014')])(
    'leaves to the framework what may have been stored, or does not pass at once: %s',
    async (error) => {
      const database = databaseFor()
      database.nextErrors.push(error)
      const failed = await insert(database, rowsOf(['good']))
      expect([...failed.values()].map(({ kind }) => kind)).toEqual(['transient'])
      expect(database.rows).toEqual([])
    },
  )

  it('does not narrow down what concerns everything', async () => {
    const database = databaseFor()
    database.nextErrors.push(serverError('57014'))
    const rows = rowsOf(Array.from({ length: 50 }, () => 'good'))
    const failed = await insert(database, rows)
    expect(byIndex(failed.keys())).toEqual(byIndex(rows))
    expect(database.statements).toHaveLength(0)
  })

  it('finds one bad row among 500 with few statements', async () => {
    const database = databaseFor()
    const failed = await insert(database, rowsOf(Array.from({ length: 500 }, (_, n) => (n === 123 ? 'bad' : 'good'))))
    expect(byIndex(failed.keys())).toEqual([123])
    expect(database.rows).toHaveLength(499)
    expect([...failed.values()].every((error) => SinkError.isInstance(error))).toBe(true)
  })

  it('claims nothing for a call that is aborted already', async () => {
    const database = databaseFor()
    const rows = rowsOf(['good', 'bad'])
    const failed = await insert(database, rows, AbortSignal.abort())
    expect([...failed.values()].map(({ kind }) => kind)).toEqual(['transient', 'transient'])
    expect(database.rows).toEqual([])
  })
})
