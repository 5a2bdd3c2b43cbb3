/** Whether a failure is one of the entry alone, so that `--on-error=skip` may go on behind it. Pure. */
import { SinkError, type ErrorCode } from '@drakkar/plugin-sdk'
import { LogError } from '@drakkar/plugin-sdk/log'

/** Permanent as they are, these meet every entry, and can be put right. */
const ofTheSetUp: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DRK_LOG_TOPIC_MISSING',
  'DRK_SINK_CONNECT_FAILED',
  'DRK_SINK_NOT_CONFIGURED',
])

export function isRefusal(error: unknown): boolean {
  if (!LogError.isInstance(error) && !SinkError.isInstance(error)) return false
  return error.kind === 'permanent' && !ofTheSetUp.has(error.code)
}
