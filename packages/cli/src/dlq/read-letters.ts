/** Reading the dead letters a command is about: ranges first, then entry by entry. */
import { planRanges, readEntries, sizeOf, type DeadLetterEntry, type RangeOptions } from '@drakkar/core'
import { LogError, type OffsetRange } from '@drakkar/plugin-sdk/log'
import type { DeadLetterLogs } from '../services.ts'

/** Rejects with `DRK_LOG_TOPIC_MISSING` when nothing was ever dead-lettered there. */
export async function offsetsOf({
  log,
  topic,
  brokers,
}: Pick<DeadLetterLogs, 'log' | 'topic' | 'brokers'>): Promise<ReadonlyMap<number, OffsetRange>> {
  const admin = log.admin()
  try {
    return await admin.offsets(topic)
  } catch (error) {
    if (!LogError.isInstance(error) || error.code !== 'DRK_LOG_TOPIC_MISSING') throw error
    const message = `nothing has been dead-lettered yet, or dlq.topic is another: there is no topic "${topic}" in ${brokers}`
    throw new LogError({ kind: error.kind, code: error.code, message, cause: error })
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
