/** Errors of the file system, for the framework. */
import { classifyError, errorMessage, redactText, SinkError } from '@drakkar/plugin-sdk'

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

/** The path leads nowhere. */
const vanishedCodes: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR'])

/** The failure as a `SinkError`; one that is classified already is returned as it is. */
export function classifyFileError(error: unknown): SinkError {
  if (SinkError.isInstance(error)) return error
  return transientCodes.has(codeOf(error)) ? transient(error) : classifyError(error)
}

/** The same for a path that was found good a moment ago: that it is gone now says that somebody moves directories around. */
export function classifyAppendError(error: unknown): SinkError {
  const hasVanished = !SinkError.isInstance(error) && vanishedCodes.has(codeOf(error))
  return hasVanished ? transient(error) : classifyFileError(error)
}

function transient(error: unknown): SinkError {
  return new SinkError({ kind: 'transient', message: redactText(errorMessage(error)), cause: error })
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
}
