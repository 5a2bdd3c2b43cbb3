/** Values the driver would store as something else without a word. Pure. */
import type { MongoDocument } from './request.ts'

const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n

/** What is in the document that BSON cannot hold, or null. A cycle is left to the driver, which refuses it. */
export function unwritableValue(document: MongoDocument): string | null {
  const seen = new Set<unknown>()
  const waiting: unknown[] = [document]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value === 'bigint' && (value < smallest || value > largest)) return 'a bigint does not fit into 64 bits'
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    if (value instanceof Set) return 'a Set cannot be stored'
    seen.add(value)
    for (const member of membersOf(value)) if (typeof member === 'object' || typeof member === 'bigint') waiting.push(member)
  }
  return null
}

/** Nothing for dates, bytes and the driver's own types. */
function membersOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return value.values()
  return value instanceof Date || ArrayBuffer.isView(value) || '_bsontype' in value ? [] : Object.values(value)
}
