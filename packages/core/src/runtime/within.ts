/** A wait with a limit, for work that must not hold up a shutdown. */
import type { Clock } from '@drakkar/plugin-sdk'

export interface WithinOptions {
  readonly clock: Clock
  readonly limitMs: number
}

/** True when the work resolved in time; false when it did not, or rejected. The work itself goes on. */
export async function within(work: Promise<unknown>, { clock, limitMs }: WithinOptions): Promise<boolean> {
  const over = new AbortController()
  const limit = clock.sleep(limitMs, over.signal).then(() => false)
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      limit,
    ])
  } finally {
    over.abort()
  }
}
