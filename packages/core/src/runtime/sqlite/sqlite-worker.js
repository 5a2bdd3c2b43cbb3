/**
 * The thread that owns one SQLite file: better-sqlite3 is synchronous, so it never runs on the main thread. Plain
 * JavaScript, because Node 20 starts workers from files it can run, also when the sources are tested unbuilt.
 */
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** @typedef {import('./sqlite-protocol.ts').SqliteRequest} SqliteRequest */
/** @typedef {import('./sqlite-protocol.ts').SqliteResponse} SqliteResponse */
/** @typedef {import('./sqlite-protocol.ts').SqliteWorkerData} SqliteWorkerData */
/** @typedef {import('./sqlite-protocol.ts').SqlStatement} SqlStatement */
/** @typedef {import('./sqlite-protocol.ts').SqlResult} SqlResult */
/** @typedef {import('./sqlite-protocol.ts').SqlRow} SqlRow */
/** @typedef {import('./sqlite-protocol.ts').SqlValue} SqlValue */

/** The callers' statements are few and constant; a caller that writes values into the SQL text must not fill memory. */
const maxPrepared = 200

/** @type {Map<string, Database.Statement<SqlValue[], SqlRow>>} */
const prepared = new Map()

/** @param {SqliteWorkerData} data */
function open({ path, mode, busyTimeoutMs }) {
  const database = new Database(path, { fileMustExist: mode !== 'create', readonly: mode === 'read', timeout: busyTimeoutMs })
  try {
    // The first access also proves that the file is an SQLite file.
    if (mode !== 'read') useWal(database, performance.now() + busyTimeoutMs)
    database.pragma('foreign_keys = ON')
    database.pragma('user_version')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * Two connections that switch a new file to WAL at the same time get SQLITE_BUSY without waiting.
 * @param {Database.Database} database
 * @param {number} endMs
 */
function useWal(database, endMs) {
  for (;;) {
    try {
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = NORMAL')
      return
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_BUSY' || performance.now() > endMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

/**
 * @param {Database.Database} database
 * @param {string} sql
 */
function prepare(database, sql) {
  const known = prepared.get(sql)
  if (known !== undefined) return known
  if (prepared.size >= maxPrepared) prepared.clear()
  /** @type {Database.Statement<SqlValue[], SqlRow>} */
  const statement = database.prepare(sql)
  prepared.set(sql, statement)
  return statement
}

/**
 * @param {Database.Database} database
 * @param {SqlStatement} request
 * @returns {SqlResult}
 */
function execute(database, { sql, params = [] }) {
  const statement = prepare(database, sql)
  if (statement.reader) return { changes: 0, rows: statement.all(...params) }
  return { changes: statement.run(...params).changes, rows: [] }
}

/**
 * All statements, or none. With `durable` the write-ahead log is synced to disk before the answer, and with it
 * everything committed earlier.
 * @param {Database.Database} database
 * @param {Extract<SqliteRequest, { type: 'run' }>} request
 */
function run(database, { statements, durable }) {
  if (durable) database.pragma('synchronous = FULL')
  try {
    return database.transaction(() => statements.map((statement) => execute(database, statement))).immediate()
  } finally {
    if (durable) database.pragma('synchronous = NORMAL')
  }
}

/**
 * Ends after the row with which the size of all values reaches `maxBytes`, so at least one row comes when there is one.
 * @param {Database.Database} database
 * @param {Extract<SqliteRequest, { type: 'all' }>} request
 */
function all(database, { statement: { sql, params = [] }, maxBytes }) {
  /** @type {SqlRow[]} */
  const rows = []
  let bytes = 0
  for (const row of prepare(database, sql).iterate(...params)) {
    rows.push(row)
    for (const value of Object.values(row)) bytes += value instanceof Uint8Array || typeof value === 'string' ? value.length : 8
    if (bytes >= maxBytes) break
  }
  return [{ changes: 0, rows }]
}

/**
 * @param {Database.Database} database
 * @param {SqliteRequest} request
 * @returns {readonly SqlResult[]}
 */
function answer(database, request) {
  if (request.type === 'run') return run(database, request)
  if (request.type === 'all') return all(database, request)
  prepared.clear()
  database.close()
  return []
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'SQLITE_ERROR'
}

/** @param {SqliteResponse} response */
function respond(response) {
  parentPort?.postMessage(response)
}

/**
 * @param {number} id
 * @param {() => readonly SqlResult[]} work
 * @returns {boolean} whether the work succeeded
 */
function attempt(id, work) {
  try {
    respond({ id, ok: true, results: work() })
    return true
  } catch (error) {
    respond({ id, ok: false, message: error instanceof Error ? error.message : String(error), code: codeOf(error) })
    return false
  }
}

/** @type {Database.Database | undefined} */
let database
// Request 0 is the opening of the file.
const opened = attempt(0, () => {
  database = open(workerData)
  return []
})
if (opened) {
  parentPort?.on('message', (/** @type {SqliteRequest} */ request) => {
    if (database === undefined) return
    const owned = database
    const done = attempt(request.id, () => answer(owned, request))
    if (request.type === 'close' && done) parentPort?.close()
  })
}
