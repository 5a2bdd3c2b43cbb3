/**
 * The wire form of a payload as a record holds it. `encode` is a plugin's code: whatever it gives or throws harms its own payload
 * only (invariant: a dead letter can always be written). Pure.
 */
import { isUint8Array } from 'node:util/types'
import { errorMessage, redactText } from '@drakkar/plugin-sdk'
import { encodeBytes, type EncodedBytes, type EncodedHeaders } from './encoded-bytes.ts'

export interface WireText {
  readonly body: EncodedBytes
  readonly key: EncodedBytes
  readonly headers: EncodedHeaders
  /** Redacted; null when there is none. With an error the other fields are empty. */
  readonly error: string | null
}

/** Never throws. */
export function wireText(encode: () => unknown): WireText {
  try {
    return { ...encoded(encode()), error: null }
  } catch (error) {
    return { body: null, key: null, headers: [], error: reasonOf(error) }
  }
}

/** Why, redacted. Never throws, whatever was thrown: a revoked proxy cannot even be asked for its class. */
export function reasonOf(error: unknown): string {
  try {
    return redactText(errorMessage(error))
  } catch {
    return 'a value that cannot be shown was thrown'
  }
}

function encoded(form: unknown): Omit<WireText, 'error'> {
  const { body, key, headers, isPromise } = members(form)
  if (isPromise) {
    // Nobody waits for it: that it rejects later must not end the process.
    Promise.resolve(form).catch(() => undefined)
    throw new TypeError('encode() gave a promise')
  }
  return {
    body: encodeBytes(bytesOf(body, 'body')),
    key: key === undefined || key === null ? null : encodeBytes(bytesOf(key, 'key')),
    headers: headers === undefined || headers === null ? [] : headersOf(headers),
  }
}

interface Members {
  readonly body: unknown
  readonly key: unknown
  readonly headers: unknown
  readonly isPromise: boolean
}

function members(form: unknown): Members {
  if (typeof form !== 'object' || form === null) throw new TypeError(`encode() gave ${form === null ? 'null' : typeof form}`)
  const [body, key, headers, then] = ['body', 'key', 'headers', 'then'].map((name): unknown => Reflect.get(form, name))
  return { body, key, headers, isPromise: typeof then === 'function' }
}

function bytesOf(value: unknown, what: string): Uint8Array {
  if (isUint8Array(value)) return value
  throw new TypeError(`encode() gave a ${what} that is no Uint8Array`)
}

function headersOf(value: unknown): EncodedHeaders {
  if (!Array.isArray(value)) throw new TypeError('encode() gave headers that are no list')
  return value.map((header: unknown) => {
    if (!Array.isArray(header) || typeof header[0] !== 'string')
      throw new TypeError('encode() gave a header that is no pair of name and value')
    return [header[0], encodeBytes(bytesOf(header[1], 'header'))] as const
  })
}
