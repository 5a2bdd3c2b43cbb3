/** How many bytes a payload is about, for `batch.max_bytes`: an estimate of its JSON text without making it. */

/** Values looked at, and how deep; what is beyond counts as nothing. */
const maxValues = 10_000
const maxDepth = 100

/** Never throws; cycles end at the limits. Asked for every payload: no lists are made. */
export function estimateBytes(payload: unknown): number {
  return weigh(payload, { left: maxValues }, 0)
}

function weigh(value: unknown, budget: { left: number }, depth: number): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value)) return value.byteLength
  budget.left -= 1
  if (depth >= maxDepth || budget.left <= 0) return 0
  let bytes = 2
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && budget.left > 0; index += 1) bytes += weigh(value[index], budget, depth + 1) + 1
    return bytes
  }
  for (const key in value) bytes += key.length + 4 + weigh(Reflect.get(value, key), budget, depth + 1)
  return bytes
}
