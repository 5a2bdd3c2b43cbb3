/** SQL text of a group of rows. Names in it are checked and quoted; values are parameters. Pure. */
import type { ColumnTypes } from './column-types.ts'
import type { OnConflict } from './config.ts'
import { quoteIdentifier } from './identifier.ts'
import type { InsertGroup } from './request.ts'

export interface Statement {
  readonly text: string
  readonly values: readonly (string | null | readonly (string | null)[])[]
}

/** The protocol counts parameters with 16 bits. */
const maxParameters = 65_535
/** Above it one array for each column is faster than a parameter for each value. */
const maxRowsAsParameters = 100

/** Most rows of a statement with a parameter for each value. */
export function maxValuesRows(columnCount: number): number {
  return Math.max(1, Math.min(maxRowsAsParameters, Math.floor(maxParameters / Math.max(1, columnCount))))
}

/** The quoted columns of `on_conflict` of which a statement must not contain a row twice. */
export function conflictColumns(onConflict: OnConflict): readonly string[] {
  return typeof onConflict === 'object' && onConflict !== null ? onConflict.columns.map(quoteIdentifier) : []
}

/** A parameter for each value, at most `maxValuesRows` rows. The server gives each the type of its column. */
export function valuesStatement({ table, columns, rows }: InsertGroup, onConflict: OnConflict): Statement {
  const conflict = conflictClause(columns, onConflict)
  if (columns.length === 0) return { text: `INSERT INTO ${table} DEFAULT VALUES${conflict}`, values: [] }
  const values: (string | null)[] = []
  for (const row of rows) for (const value of row.values) values.push(value)
  return { text: `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${placeholders(rows.length, columns.length)}${conflict}`, values }
}

/** Larger ones are made each time, so that what is kept stays below two megabytes. */
const mostKeptParameters = 2000
const mostKeptTexts = 128
const keptPlaceholders = new Map<string, string>()

/** `($1, $2), ($3, $4)`; batches are of few sizes. */
function placeholders(rowCount: number, columnCount: number): string {
  const key = `${rowCount} ${columnCount}`
  const kept = keptPlaceholders.get(key)
  if (kept !== undefined) return kept
  const row = (first: number): string => Array.from({ length: columnCount }, (_column, place) => `$${first + place}`).join(', ')
  const text = Array.from({ length: rowCount }, (_row, index) => `(${row(index * columnCount + 1)})`).join(', ')
  if (rowCount * columnCount > mostKeptParameters) return text
  if (keptPlaceholders.size >= mostKeptTexts) keptPlaceholders.clear()
  keptPlaceholders.set(key, text)
  return text
}

/**
 * An array of texts for each column, converted to its type, any number of rows. Null when the type of a column is not known.
 * Where a column has got another type it inserts nothing: a value must not take the way over a type that is not its column's.
 */
export function unnestStatement({ table, columns, rows }: InsertGroup, types: ColumnTypes, onConflict: OnConflict): Statement | null {
  const known = columns.map((column) => types.get(column)).filter((type) => type !== undefined)
  if (columns.length === 0 || known.length < columns.length) return null
  const casts = known.map(({ text }, place) => `v.c${place}::${text}`).join(', ')
  const arrays = columns.map((_column, place) => `$${place + 1}::text[]`).join(', ')
  const names = columns.map((_column, place) => `c${place}`).join(', ')
  const expected = known.map(({ oid }, place) => `('${columns[place]?.slice(1, -1)}', ${oid})`).join(', ')
  return {
    text:
      `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${casts} FROM unnest(${arrays}) AS v(${names}) ` +
      'WHERE (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute ' +
      `WHERE attrelid = pg_catalog.to_regclass($${columns.length + 1}) AND (attname, atttypid) IN (${expected})) = ${columns.length}` +
      conflictClause(columns, onConflict),
    values: [...columns.map((_column, place) => rows.map(({ values }) => values[place] ?? null)), table],
  }
}

/** Names and types of a table's columns. No type modifier: the column itself applies its length and precision. */
export function describeStatement(table: string): Statement {
  const text =
    'SELECT attname AS name, pg_catalog.format_type(atttypid, -1) AS type, atttypid::text AS oid FROM pg_catalog.pg_attribute ' +
    'WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped'
  return { text, values: [table] }
}

function conflictClause(columns: readonly string[], onConflict: OnConflict): string {
  if (onConflict === null) return ''
  if (onConflict === 'do_nothing') return ' ON CONFLICT DO NOTHING'
  const target = onConflict.columns.map(quoteIdentifier)
  const wanted = onConflict.update === 'all' ? columns.filter((column) => !target.includes(column)) : onConflict.update.map(quoteIdentifier)
  // A column the row does not name would be overwritten with its default.
  const updates = wanted.filter((column) => columns.includes(column)).map((column) => `${column} = EXCLUDED.${column}`)
  return ` ON CONFLICT (${target.join(', ')}) ${updates.length === 0 ? 'DO NOTHING' : `DO UPDATE SET ${updates.join(', ')}`}`
}
