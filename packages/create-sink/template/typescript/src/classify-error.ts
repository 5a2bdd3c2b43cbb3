/** Errors of the driver, for the framework: can trying again help? */
import { classifyError, errorMessage, SinkError } from '@drakkar/plugin-sdk'

/** The folder is away, or the disk is full: both pass. */
const passing: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOSPC', 'EBUSY', 'EMFILE'])

/** What is not listed here is judged by the SDK, which knows the errors of connections and time-outs. */
export function classifyMyTypeError(error: unknown): SinkError {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  if (!passing.has(code)) return classifyError(error)
  return new SinkError({ kind: 'transient', message: errorMessage(error), cause: error })
}
