/** Tells when a group has committed everything that was in the topic when the watch began. */
import type { Clock, Logger } from '@drakkar/plugin-sdk'
import type { LogAdmin, OffsetRange } from '@drakkar/plugin-sdk/log'

export interface CaughtUpOptions {
  readonly admin: LogAdmin
  readonly topic: string
  readonly group: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly logger: Logger
}

/** Time between two looks. */
const pollMs = 200

/**
 * Resolves true when committed = end offset of every partition with records, false when the signal aborts. A look that
 * fails is logged and repeated.
 */
export async function caughtUp(options: CaughtUpOptions): Promise<boolean> {
  const { admin, topic, group, clock, signal, logger } = options
  let ends: ReadonlyMap<number, OffsetRange> | null = null
  while (!signal.aborted) {
    try {
      ends ??= await admin.offsets(topic)
      if (isCaughtUp(ends, await admin.committed(group, topic))) return true
    } catch (error) {
      logger.warn('caught_up_unknown', { error })
    }
    await clock.sleep(pollMs, signal)
  }
  return false
}

function isCaughtUp(ends: ReadonlyMap<number, OffsetRange>, committed: ReadonlyMap<number, number>): boolean {
  return [...ends].every(([partition, range]) => range.end <= range.start || (committed.get(partition) ?? range.start) >= range.end)
}
