/**
 * Which source messages a replay has published: one that failed in two sinks lies in two entries. The place alone does not tell
 * them apart, since a topic that was created anew begins at offset 0 again.
 */
import { createHash, type Hash } from 'node:crypto'
import type { AnyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { decodeBytes, type EncodedBytes } from '../dlq/encoded-bytes.ts'

/** About 30 MB. A message whose entries lie further apart is published with each of them. */
const mostRemembered = 200_000

export class SeenMessages {
  /** Oldest first. */
  readonly #seen = new Set<string>()
  readonly #most: number

  /** `most`: messages remembered. */
  constructor(most: number = mostRemembered) {
    this.#most = most
  }

  has(identity: string): boolean {
    return this.#seen.has(identity)
  }

  add(identity: string): void {
    this.#seen.add(identity)
    if (this.#seen.size <= this.#most) return
    const [oldest] = this.#seen
    if (oldest !== undefined) this.#seen.delete(oldest)
  }
}

/** Equal only for one and the same message: place, timestamp, key and value. Null when the record does not hold it. */
export function sourceIdentity(record: AnyDeadLetterRecord, index: number): string | null {
  if (record.schema_version === 1) return null
  const { topic, partition, offsets, timestamps, keys, values } = record.source
  const offset = offsets[index]
  const value = values[index]
  if (offset === undefined || value === undefined) return null
  const hash = createHash('sha256').update(JSON.stringify([topic, partition, offset, timestamps[index] ?? null]))
  addBytes(hash, keys[index] ?? null)
  addBytes(hash, value)
  return hash.digest('base64')
}

/** With its length in front, so that no two pairs of key and value run together to the same bytes. */
function addBytes(hash: Hash, encoded: EncodedBytes): void {
  const bytes = decodeBytes(encoded)
  hash.update(`,${bytes === null ? 'null' : bytes.length},`)
  if (bytes !== null) hash.update(bytes)
}
