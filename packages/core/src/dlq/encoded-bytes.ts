/** Bytes in JSON, and back (spec DLQ-7). Pure. */

/** Text when the bytes are UTF-8, else base64 with a marker, null for no bytes at all. */
export type EncodedBytes = string | { readonly encoding: 'base64'; readonly data: string } | null

/** A header list as it is written. */
export type EncodedHeaders = readonly (readonly [name: string, value: EncodedBytes])[]

/** UTF-8 text when it survives the round trip, else base64 with a marker. */
export function encodeBytes(bytes: Uint8Array | null): EncodedBytes {
  if (bytes === null) return null
  return utf8Text(bytes) ?? { encoding: 'base64', data: base64(bytes) }
}

/** The inverse of `encodeBytes`. */
export function decodeBytes(encoded: EncodedBytes): Buffer | null {
  if (encoded === null) return null
  return typeof encoded === 'string' ? Buffer.from(encoded) : Buffer.from(encoded.data, 'base64')
}

export function encodeHeaders(headers: readonly (readonly [string, Uint8Array])[]): EncodedHeaders {
  return headers.map(([name, value]) => [name, encodeBytes(value)])
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Null when the bytes are not UTF-8. A byte order mark stays. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
