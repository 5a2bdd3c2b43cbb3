/** The lines of an open spool file, in bounded pieces. */
import type { SpoolHandle } from './spool-disk.ts'

export interface StoredLine {
  readonly bytes: Buffer
  /** Position of the byte after the line and its line feed. */
  readonly end: number
}

const chunkBytes = 256 * 1024
const lineFeed = 0x0a

/** Lines between two positions of the file, a last half one included, empty ones left out. Holds one chunk and one line in memory. */
export async function* storedLines(handle: SpoolHandle, from: number, to: number): AsyncGenerator<StoredLine> {
  let pending: Buffer[] = []
  let position = from
  while (position < to) {
    const chunk = await handle.readAt(position, Math.min(chunkBytes, to - position))
    if (chunk.length === 0) break
    let start = 0
    for (let feed = chunk.indexOf(lineFeed); feed !== -1; feed = chunk.indexOf(lineFeed, start)) {
      const bytes = joined(pending, chunk.subarray(start, feed))
      pending = []
      start = feed + 1
      if (bytes.length > 0) yield { bytes, end: position + start }
    }
    if (start < chunk.length) pending.push(chunk.subarray(start))
    position += chunk.length
  }
  if (pending.length > 0) yield { bytes: Buffer.concat(pending), end: position }
}

function joined(pending: readonly Buffer[], last: Buffer): Buffer {
  return pending.length === 0 ? last : Buffer.concat([...pending, last])
}
