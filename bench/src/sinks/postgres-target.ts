/** Rows in PostgreSQL, with pg. */
import { postgresSink } from '@drakkar/sink-postgres'
import pg from 'pg'
import { messageData, type MessageData } from '../messages.ts'
import type { BareDriver, BareOptions, Place, SinkTarget } from './target.ts'

interface RowPayload extends Readonly<Record<string, unknown>> {
  readonly table: string
  readonly data: MessageData
}

const columns = { id: 'integer', name: 'text', amount: 'double precision', tags: 'jsonb', filler: 'text' } as const
const names = Object.keys(columns)
/** As in the sink: above it an array for each column is faster than a parameter for each value. */
const maxRowsAsParameters = 100

export const postgresTarget: SinkTarget<RowPayload> = {
  definition: postgresSink,
  config: ({ url }) => ({ dsn: url }),
  payload: ({ name }, index) => ({ table: name, data: messageData(index) }),
  openBare: (place, options) => Promise.resolve(openBare(place, options)),
  describe: (url) => withClient(url, async (client) => `PostgreSQL ${await text(client, 'SHOW server_version')}`),
  create: ({ url, name }) =>
    withClient(url, async (client) => {
      const types = Object.entries(columns).map(([column, type]) => `${column} ${type}`)
      await client.query(`CREATE TABLE ${name} (${types.join(', ')})`)
    }),
  count: ({ url, name }) => withClient(url, async (client) => Number(await text(client, `SELECT count(*) FROM ${name}`))),
  drop: ({ url, name }) =>
    withClient(url, async (client) => {
      await client.query(`DROP TABLE IF EXISTS ${name}`)
    }),
}

function openBare({ url, name: table }: Place, { inFlight }: BareOptions): BareDriver<RowPayload> {
  const pool = new pg.Pool({ connectionString: url, min: inFlight, max: inFlight })
  const texts = new Map<number, string>()
  const insertText = (rows: number): string => {
    const known = texts.get(rows) ?? valuesText(table, rows)
    texts.set(rows, known)
    return known
  }
  const unnest = unnestText(table)
  const insert = async (payloads: readonly RowPayload[]): Promise<void> => {
    const rows = payloads.map(({ data: { id, name, amount, tags, filler } }) => [id, name, amount, JSON.stringify(tags), filler])
    if (rows.length > maxRowsAsParameters)
      await pool.query(
        unnest,
        names.map((_name, place) => rows.map((row) => row[place])),
      )
    else await pool.query(insertText(rows.length), rows.flat())
  }
  return { sendBatch: insert, sendOne: (payload) => insert([payload]), close: () => pool.end() }
}

function valuesText(table: string, rows: number): string {
  const lists = Array.from(
    { length: rows },
    (_row, index) => `(${names.map((_name, place) => `$${index * names.length + place + 1}`).join(', ')})`,
  )
  return `INSERT INTO ${table} (${names.join(', ')}) VALUES ${lists.join(', ')}`
}

function unnestText(table: string): string {
  const casts = Object.entries(columns).map(([name, type]) => `v.${name}::${type}`)
  const arrays = names.map((_name, place) => `$${place + 1}::text[]`)
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT ${casts.join(', ')} FROM unnest(${arrays.join(', ')}) AS v(${names.join(', ')})`
}

async function text(client: pg.Client, query: string): Promise<string> {
  const { rows } = await client.query<string[]>({ text: query, rowMode: 'array' })
  return rows[0]?.[0] ?? ''
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
