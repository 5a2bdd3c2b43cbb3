/** Names of tables and columns in SQL text (spec PGS-2, PGS-3, SEC-14): the only text of a payload that gets into a statement. */
import { SinkError } from '@drakkar/plugin-sdk'

export const identifierPattern = /^[A-Za-z_][A-Za-z0-9_]*$/

/** PostgreSQL cuts longer names without an error, and would then mean another table or column. */
const maxIdentifierLength = 63
/** How much of a refused name an error shows. */
const shownLength = 80

/** In double quotes. Throws a permanent `SinkError` for what is no plain identifier. */
export function quoteIdentifier(name: string): string {
  if (name.length > maxIdentifierLength || !identifierPattern.test(name)) throw invalid(name)
  return `"${name}"`
}

/** `table` or `schema.table`, each part checked and quoted by itself. */
export function quoteTable(name: string): string {
  const parts = name.split('.', 3)
  if (parts.length > 2) throw invalid(name)
  return parts.map(quoteIdentifier).join('.')
}

function invalid(name: string): SinkError {
  const shown = JSON.stringify(name.slice(0, shownLength))
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: `Invalid SQL identifier ${shown}` })
}
