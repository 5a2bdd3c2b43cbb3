/** A failure of SQLite with its code (`SQLITE_BUSY`, `SQLITE_CORRUPT`, …); translated where a port ends. */
export class SqliteError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'SqliteError'
    this.code = code
  }
}

/** The connection was closed, or its thread has ended. */
export const sqliteClosedCode = 'DRK_SQLITE_CLOSED'
