/**
 * Lines of a byte stream in groups: one group per chunk that arrived, so that piped input is worked on in batches and typed
 * input at once. Holds one chunk and one unfinished line in memory. Bytes, because a value need not be text.
 */
import { UsageError } from './usage-error.ts'

export interface NumberedLine {
  /** 1-based. */
  readonly number: number
  /** Without the line feed. */
  readonly bytes: Uint8Array
}

/** Longest line accepted: bounds the memory that input without line ends can take. */
export const maxLineBytes = 64 * 1024 * 1024

const lineFeed = 0x0a

/** The last line needs no line feed. Throws `UsageError` for a line longer than `maxLineBytes`. */
export async function* readLines(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<readonly NumberedLine[]> {
  let unfinished: Buffer[] = []
  let unfinishedBytes = 0
  let count = 0
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk)
    const group: NumberedLine[] = []
    let start = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      group.push({ number: (count += 1), bytes: joined(unfinished, bytes.subarray(start, end)) })
      unfinished = []
      unfinishedBytes = 0
      start = end + 1
    }
    unfinished.push(bytes.subarray(start))
    unfinishedBytes += bytes.length - start
    if (unfinishedBytes > maxLineBytes) throw new UsageError(`line ${count + 1} is longer than ${maxLineBytes} bytes`)
    if (group.length > 0) yield group
  }
  if (unfinishedBytes > 0) yield [{ number: count + 1, bytes: Buffer.concat(unfinished) }]
}

function joined(before: readonly Buffer[], last: Buffer): Buffer {
  return before.length === 0 ? last : Buffer.concat([...before, last])
}
