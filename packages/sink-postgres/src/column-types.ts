/**
 * What a connection has been told about the columns of its tables. It may be out of date: a statement made of it asks the server
 * whether it still holds (`unnestStatement`).
 */

export interface ColumnType {
  /** SQL text. */
  readonly text: string
  /** Number of the type in the catalogue of the server: digits. */
  readonly oid: string
}

/** By quoted name. */
export type ColumnTypes = ReadonlyMap<string, ColumnType>

/** Tables may be named by messages; all are forgotten when there are more. */
const mostTables = 256

const byConnection = new WeakMap<object, Map<string, ColumnTypes>>()

/** By quoted table. Undefined: not described yet. */
export function knownTypes(connection: object, table: string): ColumnTypes | undefined {
  return byConnection.get(connection)?.get(table)
}

export function rememberTypes(connection: object, table: string, types: ColumnTypes): void {
  const tables = byConnection.get(connection) ?? new Map<string, ColumnTypes>()
  if (tables.size >= mostTables) tables.clear()
  tables.set(table, types)
  byConnection.set(connection, tables)
}

export function forgetTypes(connection: object, table: string): void {
  byConnection.get(connection)?.delete(table)
}

/** True when these columns have the same types in both. */
export function areSameTypes(one: ColumnTypes, other: ColumnTypes, columns: readonly string[]): boolean {
  return columns.every((column) => one.get(column)?.oid === other.get(column)?.oid && one.get(column)?.text === other.get(column)?.text)
}
