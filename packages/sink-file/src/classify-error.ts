/** Errors of the file system, for the framework. */
import { classifyError, errorMessage, redactText, SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'

/** A full disk, a quota, exhausted handles and a sick device may recover; everything else about a path does not. */
const transientCodes: ReadonlySet<unknown> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
  'EBUSY',
  'EINTR',
  'ESTALE',
  'ETXTBSY',
])

/** The failure as a `SinkError`; one that is classified already is returned as it is. */
export function classifyFileError(error: unknown): SinkError {
  if (SinkError.isInstance(error)) return error
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  if (!transientCodes.has(code)) return classifyError(error)
  const kind: SinkErrorKind = 'transient'
  return new SinkError({ kind, message: redactText(errorMessage(error)), cause: error })
}
