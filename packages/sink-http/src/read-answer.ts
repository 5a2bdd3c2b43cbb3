/** The body of an answer: read to its end, of which only a beginning is kept. */
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'

/** Enough for the characters of an error text, also when much of it is removed as secret. */
const keptBytes = 8192
/** Longest body of a failed request that is read only to keep the connection. */
const drainedBytes = 131_072

/**
 * A success counts only with its whole body: rejects when it is cut off. The verdict of a failure stands with its status, so its
 * body is only read for the error text, and left where it ends too late.
 */
export async function readAnswerText(body: Readable, { isSuccess }: { readonly isSuccess: boolean }): Promise<string> {
  if (isSuccess) {
    await finished(body.resume())
    return ''
  }
  const kept: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of bytesOf(body)) {
      if (size < keptBytes) kept.push(chunk)
      size += chunk.byteLength
      if (size > drainedBytes) break
    }
  } catch {
    // Cut off or too slow: the status has been told.
  }
  return Buffer.concat(kept).subarray(0, keptBytes).toString('utf8')
}

async function* bytesOf(body: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    const bytes: unknown = chunk
    if (bytes instanceof Uint8Array) yield bytes
  }
}
