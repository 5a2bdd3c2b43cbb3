/** Lines of input as batches of records that are sent at once. Pure. */
import type { ProduceRecord } from '@drakkar/plugin-sdk/log'
import type { NumberedLine } from './read-lines.ts'
import { UsageError } from './usage-error.ts'

const maxRecords = 1000
const maxBytes = 1024 * 1024

/**
 * Batches of at most 1,000 records and, unless one record is larger, 1 MiB, in the order of the lines. A line that is no
 * record ends them with a `UsageError` naming its number, after the batch of all records before it.
 */
export function* produceBatches(
  lines: readonly NumberedLine[],
  toRecord: (line: Uint8Array) => ProduceRecord | null,
): Generator<readonly ProduceRecord[]> {
  let batch: ProduceRecord[] = []
  let bytes = 0
  for (const line of lines) {
    const outcome = convert(line, toRecord)
    const full = batch.length === maxRecords || (batch.length > 0 && bytes + line.bytes.length > maxBytes)
    if (full || (outcome.failed && batch.length > 0)) {
      yield batch
      batch = []
      bytes = 0
    }
    if (outcome.failed) throw outcome.error
    if (outcome.record === null) continue
    batch.push(outcome.record)
    bytes += line.bytes.length
  }
  if (batch.length > 0) yield batch
}

type Conversion = { readonly failed: false; readonly record: ProduceRecord | null } | { readonly failed: true; readonly error: unknown }

function convert(line: NumberedLine, toRecord: (line: Uint8Array) => ProduceRecord | null): Conversion {
  try {
    return { failed: false, record: toRecord(line.bytes) }
  } catch (error) {
    if (!(error instanceof UsageError)) return { failed: true, error }
    return { failed: true, error: new UsageError(`line ${line.number}: ${error.message}`, { cause: error }) }
  }
}
