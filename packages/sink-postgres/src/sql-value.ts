/**
 * Values to the text PostgreSQL reads them from (spec PGS-5). Every parameter is sent as text, so that a value means the same
 * in every form of statement.
 */
import { jsonText, SinkError } from '@drakkar/plugin-sdk'

/**
 * Objects and arrays become JSON text, a Date its UTC time, a bigint its digits, bytes the hexadecimal form of `bytea`.
 * Throws a permanent `SinkError` for what has no text: an invalid Date, a function, a Map, a cycle.
 */
export function sqlText(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return value === null ? null : objectText(value)
    default:
      return jsonText(value)
  }
}

function objectText(value: object): string {
  if (value instanceof Date) return timestampText(value)
  if (ArrayBuffer.isView(value)) return bytesText(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
  if (value instanceof ArrayBuffer) return bytesText(Buffer.from(value))
  return jsonText(value)
}

function bytesText(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`
}

/** With the offset, so that the time zone of the session does not matter. A year before 1 is written with BC, as there is no year 0. */
function timestampText(date: Date): string {
  if (Number.isNaN(date.getTime())) {
    throw new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: 'An invalid Date has no timestamp' })
  }
  const year = date.getUTCFullYear()
  const rest = date
    .toISOString()
    .replace(/^[+-]?\d+/, '')
    .replace('Z', '+00:00')
  return year > 0 ? `${padYear(year)}${rest}` : `${padYear(1 - year)}${rest} BC`
}

function padYear(year: number): string {
  return String(year).padStart(4, '0')
}
