/**
 * Records of a log as JSON lines, and back (`drakkar tail`, `drakkar produce`). What `tail` writes, `produce` reads to the
 * same bytes. Pure.
 */
import type { LogRecord, ProduceRecord, RecordHeader } from '@drakkar/plugin-sdk/log'
import { UsageError } from './usage-error.ts'

/** Bytes that are not UTF-8 text. */
export interface Base64Json {
  readonly base64: string
}
export type BytesJson = string | Base64Json

/** A line of `drakkar tail`. */
export interface RecordJson {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Unix milliseconds. */
  readonly timestamp: number
  readonly key: BytesJson | null
  /** Null for a tombstone. */
  readonly value: BytesJson | null
  /** By name; a list of pairs when a name occurs twice, or when the order would be lost. */
  readonly headers: Readonly<Record<string, BytesJson>> | readonly (readonly [string, BytesJson])[]
}

const recordKeys: ReadonlySet<string> = new Set(['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'])
// `ignoreBOM: true` keeps a byte order mark, so that the bytes survive.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function recordToJson(record: LogRecord): RecordJson {
  const { topic, partition, offset, timestamp, key, value, headers } = record
  return { topic, partition, offset, timestamp, key: bytesToJson(key), value: bytesToJson(value), headers: headersToJson(headers) }
}

/**
 * A record of one JSON line for `topic`. `value` is required (null makes a tombstone); objects, lists, numbers and booleans
 * become their JSON text. `topic` and `offset` of the line are ignored, so that the output of `tail` can be produced elsewhere.
 *
 * Throws `UsageError`, without the number of the line.
 */
export function recordFromJson(line: Uint8Array, topic: string): ProduceRecord {
  const parsed = parseJson(line)
  if (!isRecord(parsed)) throw new UsageError('a record must be a JSON object with a "value"')
  const unknown = Object.keys(parsed).find((key) => !recordKeys.has(key))
  if (unknown !== undefined) throw new UsageError(`unknown key "${unknown}"; known are ${[...recordKeys].join(', ')}`)
  if (parsed['value'] === undefined) throw new UsageError('"value" is missing; null makes a tombstone')
  return {
    topic,
    key: keyFromJson(parsed['key']),
    value: bytesFromJson(parsed['value'], 'value'),
    headers: headersFromJson(parsed['headers']),
    ...optionalInteger('partition', parsed['partition']),
    ...optionalInteger('timestamp', parsed['timestamp']),
  }
}

/** A record whose value is the line itself; with `keyField`, its key is that member of the line's JSON object. */
export function recordFromValue(
  line: Uint8Array,
  options: { readonly topic: string; readonly keyField?: string | undefined },
): ProduceRecord {
  if (options.keyField === undefined) return { topic: options.topic, key: null, value: line }
  const parsed = parseJson(line)
  if (!isRecord(parsed)) throw new UsageError(`--key-field needs JSON objects`)
  const key = parsed[options.keyField]
  if (key === undefined) throw new UsageError(`the field "${options.keyField}" is missing`)
  return { topic: options.topic, key: keyFromJson(key), value: line }
}

function bytesToJson(bytes: Uint8Array): BytesJson
function bytesToJson(bytes: Uint8Array | null): BytesJson | null
function bytesToJson(bytes: Uint8Array | null): BytesJson | null {
  if (bytes === null) return null
  try {
    return utf8.decode(bytes)
  } catch {
    // Not UTF-8: the decoder is used as the test.
    return { base64: Buffer.from(bytes).toString('base64') }
  }
}

function headersToJson(headers: readonly RecordHeader[]): RecordJson['headers'] {
  const pairs = headers.map(([name, value]) => [name, bytesToJson(value)] as const)
  const names = new Set(headers.map(([name]) => name))
  // JavaScript moves members that look like integers to the front, and `__proto__` does not survive every parser.
  const orderSurvives = names.size === headers.length && !headers.some(([name]) => /^\d+$/.test(name) || name === '__proto__')
  return orderSurvives ? Object.fromEntries(pairs) : pairs
}

function headersFromJson(value: unknown): readonly RecordHeader[] {
  if (value === undefined || value === null) return []
  const pairs: readonly unknown[] = Array.isArray(value) ? value : isRecord(value) ? Object.entries(value) : [value]
  return pairs.map((pair): RecordHeader => {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw new UsageError('"headers" must be an object, or a list of [name, value] pairs')
    }
    const [name, content] = [pair[0], pair[1] as unknown]
    const bytes = bytesFromJson(content, `headers.${name}`)
    if (bytes === null) throw new UsageError(`"headers.${name}" must not be null`)
    return [name, bytes]
  })
}

function keyFromJson(value: unknown): Uint8Array | null {
  return value === undefined ? null : bytesFromJson(value, 'key')
}

function bytesFromJson(value: unknown, place: string): Uint8Array | null {
  if (value === null) return null
  if (typeof value === 'string') return textBytes(value, place)
  if (isBase64Json(value)) return base64Bytes(value.base64, place)
  return textBytes(JSON.stringify(value), place)
}

function textBytes(text: string, place: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) throw new UsageError(`"${place}" contains half a surrogate pair, which UTF-8 cannot hold`)
  return Buffer.from(text)
}

function base64Bytes(text: string, place: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) throw new UsageError(`"${place}.base64" is not base64`)
  return bytes
}

function isBase64Json(value: unknown): value is Base64Json {
  return isRecord(value) && typeof value['base64'] === 'string' && Object.keys(value).length === 1
}

function optionalInteger<K extends 'partition' | 'timestamp'>(key: K, value: unknown): { readonly [P in K]?: number } {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new UsageError(`"${key}" must be an integer of 0 or more`)
  const holder: { [P in K]?: number } = {}
  holder[key] = value
  return holder
}

function parseJson(line: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(line))
  } catch (error) {
    throw new UsageError(`not JSON in UTF-8: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
