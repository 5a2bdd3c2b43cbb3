/** Reads the ranges of a dead-letter topic without a group: partition by partition, so that it ends where the ranges end. */
import type { MessageLog, OffsetRange } from '@drakkar/plugin-sdk/log'
import { readEntry, type DeadLetterEntry } from './dead-letter-entry.ts'

export interface EntriesToRead {
  readonly log: Pick<MessageLog, 'read'>
  readonly topic: string
  readonly ranges: ReadonlyMap<number, OffsetRange>
  readonly signal: AbortSignal
}

/** Ends without an error when the signal aborts. Rejects with what the log rejects with. */
export async function* readEntries({ log, topic, ranges, signal }: EntriesToRead): AsyncGenerator<DeadLetterEntry> {
  for (const [partition, { start, end }] of ranges) {
    for await (const record of log.read(topic, { partitions: [partition], from: new Map([[partition, start]]), signal })) {
      if (signal.aborted) return
      if (record.offset >= end) break
      yield readEntry(record)
      if (record.offset + 1 >= end) break
    }
  }
}
