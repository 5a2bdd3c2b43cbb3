/** Payloads to rows, and rows to the groups that one statement each inserts. Pure. */
import { classifyError, failure, SinkError, type DeliveryItem, type SinkResponse, type WireForm } from '@drakkar/plugin-sdk'
import { quoteIdentifier, quoteTable } from './identifier.ts'
import { isRowObject, type PostgresPayload } from './payload.ts'
import { sqlText } from './sql-value.ts'

export interface OutgoingRow {
  /** Of the payload. */
  readonly id: string
  /** Place in the batch, for error texts. */
  readonly index: number
  /** Checked and quoted. */
  readonly table: string
  /** Checked and quoted, sorted, so that payloads with the same columns share a statement. */
  readonly columns: readonly string[]
  /** Parallel to `columns`. */
  readonly values: readonly (string | null)[]
}

/** The rows of a batch in its order, and the answers for payloads of which no row can be made. */
export function toRows(batch: readonly DeliveryItem<PostgresPayload>[]): {
  readonly rows: readonly OutgoingRow[]
  readonly refused: readonly SinkResponse[]
} {
  const rows: OutgoingRow[] = []
  const refused: SinkResponse[] = []
  for (const [index, item] of batch.entries()) {
    try {
      rows.push(toRow(item, index, rows.at(-1)))
    } catch (error) {
      refused.push(failure(item.id, classifyError(error)))
    }
  }
  return { rows, refused }
}

/**
 * Throws a permanent `SinkError` for names that are no identifiers and values that have no text. `previous`: of the same batch,
 * which gives its columns to a row with the same ones, so that they are checked and kept once.
 */
export function toRow({ id, payload }: DeliveryItem<PostgresPayload>, index: number, previous?: OutgoingRow): OutgoingRow {
  const table = quoteTable(payload.table)
  const { names, texts } = columnTexts(payload.data)
  const isSame = previous?.columns.length === names.length && names.every((name, place) => isQuoted(previous.columns[place], name))
  return { id, index, table, columns: isSame ? previous.columns : names.map(quoteIdentifier), values: texts }
}

function isQuoted(column: string | undefined, name: string): boolean {
  return column?.length === name.length + 2 && column.startsWith(name, 1)
}

/**
 * The texts the server gets, as a JSON object by column. A payload with this object as its `data` inserts the same row. Throws a
 * permanent `SinkError` for values that have no text.
 */
export function encodeRow({ data }: PostgresPayload): WireForm {
  const { names, texts } = columnTexts(data)
  return { body: Buffer.from(JSON.stringify(Object.fromEntries(names.map((name, place) => [name, texts[place]]))), 'utf8') }
}

/** Sorted by name, without what is undefined. */
function columnTexts(data: unknown): { readonly names: readonly string[]; readonly texts: readonly (string | null)[] } {
  if (!isRowObject(data)) {
    throw new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: 'data must be an object' })
  }
  const names = Object.keys(data).filter((name) => data[name] !== undefined)
  names.sort()
  return { names, texts: names.map((name) => sqlText(data[name])) }
}

/** Rows with the same table and columns: one statement. Never empty. */
export interface InsertGroup {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly OutgoingRow[]
}

export interface GroupOptions {
  /**
   * True: rows of a table join their group past rows of other tables, so that few statements are needed. The order within a
   * table is kept. False: only neighbours share a group, and the order of the batch is kept.
   */
  readonly reorders: boolean
  /** Quoted columns that tell whether a row exists. One statement must not change a row twice (`cardinality_violation`). */
  readonly conflictColumns: readonly string[]
  /** Most rows of a group with so many columns. */
  readonly maxRows: (columnCount: number) => number
}

interface OpenGroup extends InsertGroup {
  readonly rows: OutgoingRow[]
  readonly keys: Set<string>
}

/** Every row once, in groups. */
export function groupRows(rows: readonly OutgoingRow[], options: GroupOptions): readonly InsertGroup[] {
  const groups: OpenGroup[] = []
  const lastOfTable = new Map<string, OpenGroup>()
  for (const row of rows) {
    const key = conflictKey(row, options.conflictColumns)
    const open = options.reorders ? lastOfTable.get(row.table) : groups.at(-1)
    const group = open !== undefined && mayJoin(row, open, options) && !(key !== null && open.keys.has(key)) ? open : newGroup(row)
    group.rows.push(row)
    if (key !== null) group.keys.add(key)
    if (group === open) continue
    groups.push(group)
    lastOfTable.set(row.table, group)
  }
  return groups
}

function newGroup({ table, columns }: OutgoingRow): OpenGroup {
  return { table, columns, rows: [], keys: new Set() }
}

/** A row of defaults only has a statement of its own: `DEFAULT VALUES` makes one row. */
function mayJoin(row: OutgoingRow, { table, columns, rows }: OpenGroup, { maxRows }: GroupOptions): boolean {
  if (columns.length === 0 || row.table !== table || row.columns.length !== columns.length) return false
  if (rows.length >= maxRows(columns.length)) return false
  return columns === row.columns || columns.every((column, index) => column === row.columns[index])
}

/** Null when the row names not all of the columns: its key is made by the server. */
function conflictKey({ columns, values }: OutgoingRow, conflictColumns: readonly string[]): string | null {
  if (conflictColumns.length === 0) return null
  const places = conflictColumns.map((column) => columns.indexOf(column))
  return places.includes(-1) ? null : JSON.stringify(places.map((place) => values[place]))
}

/** Two groups that tell which rows a refusal is about; none when there is one row. */
export function halves(group: InsertGroup): readonly InsertGroup[] {
  const { rows } = group
  if (rows.length < 2) return []
  const middle = Math.ceil(rows.length / 2)
  return [rows.slice(0, middle), rows.slice(middle)].map((half) => ({ ...group, rows: half }))
}
