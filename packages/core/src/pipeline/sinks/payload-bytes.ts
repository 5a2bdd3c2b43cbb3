/** How many bytes a payload is about, for `batch.max_bytes`: an estimate of its JSON text without making it. */

/** Nodes looked at; what is beyond counts as nothing. */
const maxNodes = 10_000

/** Never throws; cycles end at the limit of nodes. */
export function estimateBytes(payload: unknown): number {
  const rest = [payload]
  let bytes = 0
  for (let seen = 0; rest.length > 0 && seen < maxNodes; seen += 1) bytes += weigh(rest.pop(), rest)
  return bytes
}

/** The bytes of the value itself; what is inside it joins `rest`. */
function weigh(value: unknown, rest: unknown[]): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (Array.isArray(value)) {
    rest.push(...value.slice(0, maxNodes))
    return 2
  }
  let bytes = 2
  for (const [key, inner] of Object.entries(value)) {
    bytes += key.length + 4
    rest.push(inner)
  }
  return bytes
}
