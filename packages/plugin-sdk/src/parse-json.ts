/**
 * JSON of strangers (spec SEC-15): nesting is limited before anything is built, and a `__proto__` member never survives,
 * so that no later copy or merge of the value can change a prototype.
 */

import { Buffer, isUtf8 } from 'node:buffer'

/** Levels of arrays and objects that `parseJson` accepts. */
export const maxJsonDepth = 500

/**
 * Parses JSON text or its UTF-8 bytes (a byte order mark is skipped). Members called `__proto__` are left out.
 *
 * Throws `SyntaxError` for what is not JSON, bytes that are not UTF-8, and nesting beyond `maxJsonDepth`.
 */
export function parseJson(input: string | Uint8Array): unknown {
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  if (isDeeper(text, maxJsonDepth)) throw new SyntaxError(`JSON is nested deeper than ${maxJsonDepth} levels`)
  const value: unknown = JSON.parse(text)
  if (mayNameProto.test(text)) removeProtoMembers(value)
  return value
}

/** `__proto__` as it is, or any of its letters written as an escape. */
const mayNameProto = /__proto__|\\u00(?:5f|6f|7[024])/i

function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new SyntaxError('JSON bytes are not valid UTF-8')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
}

const byteOrderMark = 0xfeff

function isDeeper(text: string, limit: number): boolean {
  return text.length > limit && deepest(text) > limit
}

const quote = 0x22
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

function deepest(text: string): number {
  let depth = 0
  let most = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === quote) index = endOfString(text, index)
    else if (code === openBracket || code === openBrace) {
      depth += 1
      if (depth > most) most = depth
    } else if (code === closeBracket || code === closeBrace) depth -= 1
  }
  return most
}

/** Position of the quote that ends the string begun at `start`, or the length of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, position: number): boolean {
  let first = position
  while (text.charCodeAt(first - 1) === backslash) first -= 1
  return (position - first) % 2 === 1
}

function removeProtoMembers(root: unknown): void {
  const waiting: unknown[] = [root]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
    for (const member of Object.values(value)) waiting.push(member)
  }
}
