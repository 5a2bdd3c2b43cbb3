/** One line of a spool file: an entry, or a note of how far entries have been sent. Pure. */
import { crc32 } from 'node:zlib'
import { decodeBytes, encodeBytes, type EncodedBytes } from '../encoded-bytes.ts'

/** A dead letter as it will be sent. */
export interface SpoolEntry {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array
}

/** `mark`: everything before this byte of the file has been sent. `corrupt`: not a line we wrote, or not all of it. */
export type SpoolLine =
  | { readonly kind: 'entry'; readonly entry: SpoolEntry }
  | { readonly kind: 'mark'; readonly sentThrough: number }
  | { readonly kind: 'corrupt' }

const corrupt: SpoolLine = { kind: 'corrupt' }

/** With the line feed. Values are JSON text, so a spool can be read with the usual tools. */
export function entryLine({ topic, key, value }: SpoolEntry): string {
  return sealed({ topic, key: encodeBytes(key), value: encodeBytes(value) })
}

export function markLine(sentThrough: number): string {
  return sealed({ sent_through: sentThrough })
}

/** `text`: the line without its line feed. Never throws. */
export function parseLine(text: string): SpoolLine {
  const fields = openSeal(text)
  if (fields === null) return corrupt
  const { topic, key, value, sent_through: sentThrough } = fields
  if (typeof sentThrough === 'number') return { kind: 'mark', sentThrough }
  if (typeof topic !== 'string' || !isEncoded(key) || !isEncoded(value)) return corrupt
  const bytes = decodeBytes(value)
  return bytes === null ? corrupt : { kind: 'entry', entry: { topic, key: decodeBytes(key), value: bytes } }
}

/** The fields and a checksum of them: a line that was torn, or changed on the disk, is told from a good one. */
function sealed(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ ...fields, crc32: checksum(fields) })}\n`
}

function openSeal(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const json: unknown = JSON.parse(text)
    if (typeof json !== 'object' || json === null) return null
    const { crc32: sum, ...fields }: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(json))
    return sum === checksum(fields) ? fields : null
  } catch {
    return null
  }
}

function checksum(fields: Readonly<Record<string, unknown>>): number {
  return crc32(JSON.stringify(fields))
}

function isEncoded(value: unknown): value is EncodedBytes {
  if (value === null || typeof value === 'string') return true
  return (
    typeof value === 'object' && 'encoding' in value && value.encoding === 'base64' && 'data' in value && typeof value.data === 'string'
  )
}
