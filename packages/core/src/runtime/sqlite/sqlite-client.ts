/** One SQLite file, seen from the main thread: every call is a message to the worker thread that owns the connection. */
import { Worker } from 'node:worker_threads'
import type {
  SqliteMode,
  SqliteRequest,
  SqliteResponse,
  SqliteWorkerData,
  SqlResult,
  SqlRow,
  SqlStatement,
  SqlValue,
} from './sqlite-protocol.ts'
import { sqliteClosedCode, SqliteError } from './sqlite-error.ts'

export interface SqliteOptions {
  readonly mode: SqliteMode
  /** How long a lock of another connection is waited for, in milliseconds. Default 10 000. */
  readonly busyTimeoutMs?: number
}

export interface RunOptions {
  /** True: on disk before the answer, so that it outlives a power loss. Default false: it outlives the process only. */
  readonly durable?: boolean
}

export interface QueryOptions {
  /** No more rows once their values have this size. Default: no limit. */
  readonly maxBytes?: number
}

/** A connection. Calls are carried out in the order made. All reject with a `SqliteError`. */
export interface Sqlite {
  /** All statements in one transaction that takes the write lock at once; one result per statement. */
  run(statements: readonly SqlStatement[], options?: RunOptions): Promise<readonly SqlResult[]>
  all(sql: string, params?: readonly SqlValue[], options?: QueryOptions): Promise<readonly SqlRow[]>
  /** After what was asked before. Any number of times. */
  close(): Promise<void>
}

interface Waiting {
  resolve(results: readonly SqlResult[]): void
  reject(error: SqliteError): void
}

/** Opens the file in WAL mode (unless `read`). Rejects with a `SqliteError`, e.g. `SQLITE_NOTADB`; the file stays as it is. */
export async function openSqlite(path: string, options: SqliteOptions): Promise<Sqlite> {
  const connection = new SqliteConnection({ path, mode: options.mode, busyTimeoutMs: options.busyTimeoutMs ?? 10_000 })
  try {
    await connection.opened
    return connection
  } catch (error) {
    await connection.terminate()
    throw error
  }
}

type Unnumbered<R> = R extends SqliteRequest ? Omit<R, 'id'> : never

class SqliteConnection implements Sqlite {
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #exited: Promise<void>
  #lastId = 0
  #closing: Promise<void> | null = null
  #end: SqliteError | null = null

  constructor(data: SqliteWorkerData) {
    this.#worker = new Worker(new URL('./sqlite-worker.js', import.meta.url), { workerData: data, name: 'sqlite' })
    this.opened = new Promise((resolve, reject) => this.#waiting.set(0, { resolve, reject }))
    this.#worker.on('message', (response: SqliteResponse) => this.#settle(response))
    this.#worker.on('error', (error) => this.#fail(`the SQLite thread failed: ${error.message}`))
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#fail('the SQLite connection is closed')
        resolve()
      })
    })
  }

  async run(statements: readonly SqlStatement[], options: RunOptions = {}): Promise<readonly SqlResult[]> {
    const exact = statements.map(({ sql, params = [] }) => ({ sql, params: params.map(exactBytes) }))
    return await this.#ask({ type: 'run', statements: exact, durable: options.durable ?? false })
  }

  async all(sql: string, params: readonly SqlValue[] = [], options: QueryOptions = {}): Promise<readonly SqlRow[]> {
    const statement = { sql, params: params.map(exactBytes) }
    const [result] = await this.#ask({ type: 'all', statement, maxBytes: options.maxBytes ?? Number.MAX_SAFE_INTEGER })
    return result?.rows ?? []
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  async #close(): Promise<void> {
    if (this.#end === null) await this.#ask({ type: 'close' }, true)
    await this.#exited
  }

  #ask(request: Unnumbered<SqliteRequest>, closing = false): Promise<readonly SqlResult[]> {
    if (this.#end !== null) return Promise.reject(this.#end)
    if (this.#closing !== null && !closing) return Promise.reject(new SqliteError('the SQLite connection is closed', sqliteClosedCode))
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ ...request, id })
    })
  }

  #settle(response: SqliteResponse): void {
    const waiting = this.#waiting.get(response.id)
    this.#waiting.delete(response.id)
    if (response.ok) waiting?.resolve(response.results)
    else waiting?.reject(new SqliteError(response.message, response.code))
  }

  #fail(message: string): void {
    this.#end ??= new SqliteError(message, sqliteClosedCode)
    for (const waiting of this.#waiting.values()) waiting.reject(this.#end)
    this.#waiting.clear()
  }
}

/** A message copies the whole memory behind a view; a slice of a large buffer is cut out first. */
function exactBytes(value: SqlValue): SqlValue {
  if (!(value instanceof Uint8Array) || value.byteLength === value.buffer.byteLength) return value
  return Uint8Array.prototype.slice.call(value)
}
