/**
 * Values to JSON text and back (spec GEN-3, SEC-15). The common case costs one `JSON.stringify`; only values it refuses,
 * or whose text could hide a Map or a Set, are walked.
 */
import { errorMessage, SinkError } from './errors.ts'

/**
 * Compact JSON of `value`: a Date becomes ISO text, a bigint a JSON integer with every digit, undefined members are dropped,
 * `toJSON()` is honoured. A Map that carries own fields beside its entries is written as those fields.
 *
 * Throws a permanent `SinkError` (`DRK_SINK_PAYLOAD_INVALID`) naming the place of a Map, a Set, a cycle, a throwing
 * `toJSON()` or getter, or nesting too deep for the stack, and for a value that has no JSON text at all.
 */
export function jsonText(value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value)
    if (text !== undefined && !(text.includes('{}') && mayHideCollection(value))) return text
  } catch {
    // What was wrong, and where, is for the careful way to find out.
  }
  return carefulText(value)
}

/** True when a Map or a Set is in there, or a `toJSON()` that could give one. The value is known to have no cycle. */
function mayHideCollection(root: unknown): boolean {
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null || value instanceof Date) continue
    if (value instanceof Map || value instanceof Set || 'toJSON' in value) return true
    for (const member of Object.values(value)) if (typeof member === 'object') waiting.push(member)
  }
  return false
}

function carefulText(value: unknown): string {
  try {
    const text = write(value, { path: '', key: '', holders: new Set() })
    if (text !== undefined) return text
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw unwritable('the value is nested too deeply', '', error)
  }
  throw unwritable(`${describeType(value)} has no JSON text`, '')
}

interface Place {
  readonly path: string
  readonly key: string
  /** Objects on the way from the root to here. */
  readonly holders: Set<object>
}

function write(original: unknown, place: Place): string | undefined {
  const value = unboxed(original, place)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (value instanceof Map || value instanceof Set) {
    throw unwritable(`a ${value instanceof Map ? 'Map' : 'Set'} cannot be written as JSON`, place.path)
  }
  if (place.holders.has(value)) throw unwritable('the value refers to itself', place.path)
  place.holders.add(value)
  const text = Array.isArray(value) ? writeArray(value, place) : writeObject(value, place)
  place.holders.delete(value)
  return text
}

function writeArray(values: readonly unknown[], { path, holders }: Place): string {
  const parts: string[] = []
  for (let index = 0; index < values.length; index += 1) {
    const at = { path: `${path}[${index}]`, key: String(index), holders }
    parts.push(write(readMember(values, index, at.path), at) ?? 'null')
  }
  return `[${parts.join(',')}]`
}

function writeObject(value: object, { path, holders }: Place): string {
  const parts: string[] = []
  for (const key of Object.keys(value)) {
    const at = { path: path === '' ? key : `${path}.${key}`, key, holders }
    const text = write(readMember(value, key, at.path), at)
    if (text !== undefined) parts.push(`${JSON.stringify(key)}:${text}`)
  }
  return `{${parts.join(',')}}`
}

function readMember(holder: object, key: string | number, path: string): unknown {
  try {
    return Reflect.get(holder, key)
  } catch (error) {
    throw unwritable(`reading it failed: ${errorMessage(error)}`, path, error)
  }
}

/** What `JSON.stringify` would look at: the result of `toJSON()`, or the primitive inside a wrapper object. */
function unboxed(value: unknown, { path, key }: Place): unknown {
  if (typeof value !== 'object' || value === null) return value
  const toJson: unknown = readMember(value, 'toJSON', path)
  if (typeof toJson === 'function') {
    try {
      return Reflect.apply(toJson, value, [key])
    } catch (error) {
      if (error instanceof RangeError) throw error
      throw unwritable(`its toJSON() failed: ${errorMessage(error)}`, path, error)
    }
  }
  const isWrapper = value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt
  return isWrapper ? value.valueOf() : value
}

function describeType(value: unknown): string {
  return value === undefined ? 'undefined' : `a ${typeof value}`
}

function unwritable(problem: string, path: string, cause?: unknown): SinkError {
  const place = path === '' ? '' : ` at \`${path}\``
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: `Not writable as JSON${place}: ${problem}`, cause })
}
