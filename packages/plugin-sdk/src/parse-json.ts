/**
 * JSON of strangers (spec SEC-15): nesting is limited before anything is built, and a `__proto__` member never survives,
 * so that no later copy or merge of the value can change a prototype.
 */

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

const decoder = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (error) {
    throw new SyntaxError('JSON bytes are not valid UTF-8', { cause: error })
  }
}

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

function endOfString(text: string, start: number): number {
  let index = start + 1
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (code === quote) return index
    index += code === backslash ? 2 : 1
  }
  return index
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
