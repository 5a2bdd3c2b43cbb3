/** How many bytes a payload is about, for `batch.max_bytes`: an estimate of its JSON text without making it. */

/** Values looked at, and how deep; what is beyond counts as nothing. */
const maxValues = 10_000
const maxDepth = 100
/** A number, a boolean, a date without its quotes: short text. */
const scalarBytes = 8
const dateBytes = 26

/**
 * Never throws: what cannot be read (a getter that throws, a revoked proxy) counts as nothing; the sink will say what is wrong
 * with it. Cycles end at the limits. Asked for every payload: no lists are made.
 */
export function estimateBytes(payload: unknown): number {
  try {
    return weigh(payload, { left: maxValues }, 0)
  } catch {
    return 0
  }
}

function weigh(value: unknown, budget: { left: number }, depth: number): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return scalarBytes
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (value instanceof Date) return dateBytes
  budget.left -= 1
  if (depth >= maxDepth || budget.left <= 0) return 0
  let bytes = 2
  if (Array.isArray(value) || value instanceof Set || value instanceof Map) {
    for (const inner of value) {
      if (budget.left <= 0) break
      bytes += weigh(inner, budget, depth + 1) + 1
    }
    return bytes
  }
  for (const key in value) bytes += key.length + 4 + weigh(Reflect.get(value, key), budget, depth + 1)
  return bytes
}
