/**
 * A payload as a value, for a replay through the sink itself: JSON text is enough for most, but not for bytes, dates,
 * bigints or Maps somewhere inside. Pure.
 */
import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { base64 } from './encoded-bytes.ts'

/**
 * Null when parsing `text` gives the same value back, else base64 of the structured clone. Null as well for what cannot be
 * cloned (a function inside, a getter that throws): then the text is all there is.
 */
export function encodeValue(original: unknown, text: string | null): string | null {
  try {
    if (text !== null && isDeepStrictEqual(JSON.parse(text), original)) return null
    return base64(serialize(original))
  } catch {
    return null
  }
}

/** Throws for what `encodeValue` did not write, and for a newer Node's format. */
export function decodeValue(encoded: string): unknown {
  return deserialize(Buffer.from(encoded, 'base64'))
}
