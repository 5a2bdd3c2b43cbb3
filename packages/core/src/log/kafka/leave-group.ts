/** Leaves the group, without waiting for ever for brokers that do not answer. */
import { errorMessage, type Logger } from '@drakkar/plugin-sdk'
import type { Consumer } from 'kafkajs'

import { createDeferred } from '../../runtime/deferred.ts'

const leaveWithinMs = 10_000

/** Never rejects: a group that could not be left forgets the member after the session timeout. */
export async function leaveGroup(consumer: Consumer, logger: Logger): Promise<void> {
  const late = createDeferred<'late'>()
  const timeout = setTimeout(() => late.resolve('late'), leaveWithinMs)
  try {
    const outcome = await Promise.race([consumer.disconnect(), late.promise])
    if (outcome === 'late') logger.warn('kafka_leave_slow', { waited_ms: leaveWithinMs })
  } catch (error) {
    logger.warn('kafka_leave_failed', { error: errorMessage(error) })
  } finally {
    clearTimeout(timeout)
  }
}
