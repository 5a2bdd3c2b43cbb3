/** SQLite's error codes → `LogError`. Nothing outside this folder knows the codes. */
import { LogError } from '@drakkar/plugin-sdk/log'
import { errorMessage } from '@drakkar/plugin-sdk'
import { sqliteClosedCode, SqliteError } from '../../runtime/sqlite/sqlite-error.ts'
import { logClosed } from '../log-errors.ts'

const transientCode = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|NOMEM|PROTOCOL|INTERRUPT)/
const damagedCode = /^SQLITE_(CORRUPT|NOTADB)/

/** A failure while working with the embedded log at `path`. A `LogError` is returned as it is. */
export function toLogError(error: unknown, path: string): LogError {
  if (LogError.isInstance(error)) return error
  if (!(error instanceof SqliteError))
    return new LogError({ kind: 'fatal', message: `embedded log ${path}: ${errorMessage(error)}`, cause: error })
  if (error.code === sqliteClosedCode) return logClosed('log')
  if (damagedCode.test(error.code)) return damaged(error, path)
  const kind = transientCode.test(error.code) ? 'transient' : 'permanent'
  return new LogError({ kind, message: `embedded log ${path}: ${error.message} (${error.code})`, cause: error })
}

function damaged(error: SqliteError, path: string): LogError {
  return new LogError({
    kind: 'fatal',
    message: `embedded log ${path} is damaged or not an SQLite file (${error.code}: ${error.message}); it was left as it is: move it away to begin with an empty log`,
    cause: error,
  })
}

export function lockLost(path: string): LogError {
  return new LogError({
    kind: 'fatal',
    code: 'DRK_LOG_LOCKED',
    message: `the lock of embedded log ${path} was taken over by another process`,
  })
}
