/** Errors of a standard stream, for the framework. */
import { classifyError, errorMessage, SinkError } from '@drakkar/plugin-sdk'

/** Codes of a stream whose reader is gone: it does not come back. */
const closedCodes: ReadonlySet<unknown> = new Set(['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'EBADF'])

/** A closed stream is permanent, everything else as the SDK sees it. */
export function classifyOutputError(error: unknown): SinkError {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  if (!closedCodes.has(code)) return classifyError(error)
  return new SinkError({ kind: 'permanent', message: `The output stream is closed: ${errorMessage(error)}`, cause: error })
}
