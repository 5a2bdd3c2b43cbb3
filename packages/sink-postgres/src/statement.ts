/** SQL text of a group of rows. Names in it are checked and quoted; values are parameters. Pure. */
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
  const lists = rows.map((_row, index) => `(${columns.map((_column, place) => `$${index * columns.length + place + 1}`).join(', ')})`)
  return {
    text: `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${lists.join(', ')}${conflict}`,
    values: rows.flatMap(({ values }) => values),
  }
}

/** Types of a table's columns by quoted name, as SQL text of the server. */
export type ColumnTypes = ReadonlyMap<string, string>

/** An array of texts for each column, converted to its type, any number of rows. Null when the type of a column is not known. */
export function unnestStatement({ table, columns, rows }: InsertGroup, types: ColumnTypes, onConflict: OnConflict): Statement | null {
  const casts = columns.map((column, place) => (types.has(column) ? `v.c${place}::${types.get(column)}` : null))
  if (columns.length === 0 || casts.includes(null)) return null
  const arrays = columns.map((_column, place) => `$${place + 1}::text[]`).join(', ')
  const names = columns.map((_column, place) => `c${place}`).join(', ')
  return {
    text: `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${casts.join(', ')} FROM unnest(${arrays}) AS v(${names})${conflictClause(columns, onConflict)}`,
    values: columns.map((_column, place) => rows.map(({ values }) => values[place] ?? null)),
  }
}

/** Names and types of a table's columns. No type modifier: the column itself applies its length and precision. */
export function describeStatement(table: string): Statement {
  const text =
    'SELECT attname AS name, pg_catalog.format_type(atttypid, -1) AS type FROM pg_catalog.pg_attribute ' +
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
