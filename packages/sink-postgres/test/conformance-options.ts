/** Samples for the table `results`, and the PostgreSQL sink on a fake database. */
import { defineSink, type SinkContext, type WireForm } from '@drakkar/plugin-sdk'
import type { PostgresSinkConfig } from '../src/config.ts'
import { postgresSink } from '../src/index.ts'
import type { PostgresPayload } from '../src/payload.ts'
import type { OutgoingRow } from '../src/request.ts'
import { PostgresSink } from '../src/sink.ts'
import { FakeDatabase, serverError } from './fake-client.ts'

const table = 'results'
export const sampleNumber = (n: number): PostgresPayload => ({ table, data: { n: n + 100, note: `number ${n}` } })
export const samples: readonly PostgresPayload[] = [
  { table, data: { n: 1, note: 'one' } },
  { table, data: { n: 2, details: { list: [1, 'é', null], deep: {} } } },
  { table, data: { n: 3 } },
]
export const refusedSample: PostgresPayload = { table, data: { n: 'not a number', note: 'refused' } }
export const invalidPayloads = [{ data: {} }, { table: '', data: {} }, { table, data: 1 }, { table, data: [] }, { table, data: {}, key: 1 }]
export const onConflicts = [null, 'do_nothing', { columns: ['n'] }] as const

export function createFakeSink(database: FakeDatabase, config: PostgresSinkConfig, context: SinkContext): PostgresSink {
  return new PostgresSink({ config, context, createClient: async () => database.createClient() })
}

export function fakeDefinition(database: FakeDatabase) {
  return defineSink({ ...postgresSink, create: (config, context) => createFakeSink(database, config, context) })
}

const valueOf = ({ columns, values }: OutgoingRow, column: string): string | null => values[columns.indexOf(`"${column}"`)] ?? null

/** A database whose table `results` takes whole numbers only, each once where `isUnique`. */
export function createResultsDatabase(isUnique: boolean): FakeDatabase {
  const database = new FakeDatabase()
  database.refuses = (row) => (/^\d+$/.test(valueOf(row, 'n') ?? '') ? null : serverError('22P02'))
  if (isUnique) database.isExisting = (row, visible) => visible.some((other) => valueOf(other, 'n') === valueOf(row, 'n'))
  return database
}

/** From here on the row of this payload is locked by somebody else. */
export function lockRow(database: FakeDatabase, payload: object): void {
  const { refuses } = database
  const isLocked = (row: OutgoingRow): boolean => valueOf(row, 'n') === rowNumber(payload)
  database.refuses = (row, visible) => (isLocked(row) ? serverError('55P03') : refuses(row, visible))
}

export function rowNumber(payload: object): string {
  return 'data' in payload && typeof payload.data === 'object' && payload.data !== null ? String(Reflect.get(payload.data, 'n')) : ''
}

/** The payload a row came from; `details` as text. */
export function toPayload(row: Readonly<Record<string, string | null>>): PostgresPayload {
  const { n, note, details } = row
  return {
    table,
    data: {
      n: Number(n),
      ...(note === null || note === undefined ? {} : { note }),
      ...(details === null || details === undefined ? {} : { details: JSON.parse(details) as unknown }),
    },
  }
}

/** The texts the server was sent, by column. */
export function fakeWire({ rows }: FakeDatabase): readonly WireForm[] {
  return rows.map(({ columns, values }) => {
    const texts = columns.map((column, place) => [column.slice(1, -1), values[place]])
    return { body: Buffer.from(JSON.stringify(Object.fromEntries(texts))) }
  })
}

export function fakeRows({ rows }: FakeDatabase): readonly PostgresPayload[] {
  return rows.map((row) => toPayload({ n: valueOf(row, 'n'), note: valueOf(row, 'note'), details: valueOf(row, 'details') }))
}
