/** Headers as one column: for each header the length and bytes of its name, then of its value; lengths are 32-bit little-endian. */
import type { RecordHeader } from '@drakkar/plugin-sdk/log'

const lengthBytes = 4

/** Null for no headers. */
export function encodeHeaders(headers: readonly RecordHeader[]): Uint8Array | null {
  if (headers.length === 0) return null
  const parts = headers.flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value.buffer, value.byteOffset, value.byteLength)])
  return Buffer.concat(parts.flatMap((part) => [length(part.length), part]))
}

/** Throws a `RangeError` when the bytes were not made by `encodeHeaders`. */
export function decodeHeaders(bytes: Uint8Array | null): RecordHeader[] {
  if (bytes === null) return []
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headers: RecordHeader[] = []
  let position = 0
  const next = (): Buffer => {
    const start = position + lengthBytes
    const end = start + buffer.readUInt32LE(position)
    if (end > buffer.length) throw new RangeError('headers are cut off')
    position = end
    return buffer.subarray(start, end)
  }
  while (position < buffer.length) headers.push([next().toString(), next()])
  return headers
}

function length(bytes: number): Buffer {
  const buffer = Buffer.alloc(lengthBytes)
  buffer.writeUInt32LE(bytes)
  return buffer
}
