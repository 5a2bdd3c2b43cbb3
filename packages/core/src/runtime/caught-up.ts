/** Tells when a group has committed everything that was in the topic when the watch began. */
import type { Clock } from '@drakkar/plugin-sdk'
import type { LogAdmin } from '@drakkar/plugin-sdk/log'

export interface CaughtUpOptions {
  readonly admin: LogAdmin
  readonly topic: string
  readonly group: string
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Time between two looks. */
const pollMs = 200

/** Resolves true when committed = end offset of every partition with records, false when the signal aborts. */
export async function caughtUp(options: CaughtUpOptions): Promise<boolean> {
  const { admin, topic, group, clock, signal } = options
  const ends = await admin.offsets(topic)
  while (!signal.aborted) {
    const committed = await admin.committed(group, topic)
    const behind = [...ends].some(([partition, range]) => range.end > range.start && (committed.get(partition) ?? range.start) < range.end)
    if (!behind) return true
    await clock.sleep(pollMs, signal)
  }
  return false
}
