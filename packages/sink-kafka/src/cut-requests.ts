/** Records to requests the broker takes, and to smaller ones that tell which records a refusal is about. Pure. */
import type { FailureScope } from './classify-error.ts'
import type { HeaderValue, OutgoingRecord } from './request.ts'

/** Room for lengths, deltas and attributes of a record, more than Kafka's format ever needs. */
const recordOverheadBytes = 64

/** Upper bound of what a record takes in a request before compression. */
export function recordBytes({ message }: OutgoingRecord): number {
  let bytes = recordOverheadBytes + (message.key?.byteLength ?? 0) + message.value.byteLength
  for (const name of Object.keys(message.headers)) {
    for (const one of [message.headers[name] ?? []].flat()) bytes += name.length * 3 + byteLength(one) + 16
  }
  return bytes
}

function byteLength(value: HeaderValue): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : value.byteLength
}

/**
 * The records in order, cut into requests of at most `maxBytes`. A larger record goes alone, so that the broker's refusal of
 * it concerns nothing else.
 */
export function cutRequests(records: readonly OutgoingRecord[], maxBytes: number): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = []
  let current: OutgoingRecord[] = []
  let currentBytes = 0
  for (const record of records) {
    const bytes = recordBytes(record)
    if (current.length > 0 && currentBytes + bytes > maxBytes) {
      requests.push(current)
      current = []
      currentBytes = 0
    }
    current.push(record)
    currentBytes += bytes
  }
  return current.length > 0 ? [...requests, current] : requests
}

/** Smaller requests that tell which records a refusal is about, or none when it concerns all of them alike. */
export function narrow(request: readonly OutgoingRecord[], scope: FailureScope): OutgoingRecord[][] {
  if (scope === 'all' || request.length < 2) return []
  const byTopic = new Map<string, OutgoingRecord[]>()
  for (const record of request) byTopic.set(record.topic, [...(byTopic.get(record.topic) ?? []), record])
  if (byTopic.size > 1) return [...byTopic.values()]
  if (scope === 'topic') return []
  const middle = Math.ceil(request.length / 2)
  return [request.slice(0, middle), request.slice(middle)]
}
