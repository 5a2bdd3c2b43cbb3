/** Reading the dead letters a command is about: ranges first, then entry by entry. */
import { planRanges, readEntries, sizeOf, type DeadLetterEntry, type RangeOptions } from '@drakkar/core'
import type { OffsetRange } from '@drakkar/plugin-sdk/log'
import type { DeadLetterLogs } from '../services.ts'

/** Rejects with `DRK_LOG_TOPIC_MISSING` when nothing was ever dead-lettered there. */
export async function offsetsOf({ log, topic }: Pick<DeadLetterLogs, 'log' | 'topic'>): Promise<ReadonlyMap<number, OffsetRange>> {
  const admin = log.admin()
  try {
    return await admin.offsets(topic)
  } finally {
    await admin.close()
  }
}

export interface Letters {
  /** Offsets to read: an upper bound of the entries. */
  readonly total: number
  readonly entries: AsyncIterable<DeadLetterEntry>
}

export function lettersIn(
  letters: Pick<DeadLetterLogs, 'log' | 'topic'>,
  offsets: ReadonlyMap<number, OffsetRange>,
  { range, signal }: { readonly range: RangeOptions; readonly signal: AbortSignal },
): Letters {
  const ranges = planRanges(offsets, range)
  return { total: sizeOf(ranges), entries: readEntries({ ...letters, ranges, signal }) }
}
