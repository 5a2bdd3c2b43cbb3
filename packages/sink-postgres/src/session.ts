/**
 * A connection of the pool for the time of one call. When the call is aborted the connection is closed, the server is asked to
 * cancel its statement, and the caller is let go at once.
 */
import type { Socket } from 'node:net'
import { SinkError, type Logger } from '@drakkar/plugin-sdk'
import type { Pool, PoolClient, QueryResult } from 'pg'
import { cancelStatement } from './cancel-statement.ts'
import { isAboutSchema, keepsConnection } from './classify-error.ts'
import { areSameTypes, forgetTypes, knownTypes, rememberTypes, type ColumnTypes } from './column-types.ts'
import type { OnConflict } from './config.ts'
import type { InsertGroup } from './request.ts'
import { describeStatement, maxValuesRows, unnestStatement, valuesStatement, type Statement } from './statement.ts'

export interface SessionOptions {
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly createSocket: () => Socket
}

/** Where a connection leads to, without credentials (spec PGS-8). */
export interface ServerAddress {
  readonly host: string
  readonly database: string
}

export class Session {
  readonly #client: PoolClient
  readonly #options: SessionOptions
  /** Rejects at the abort. pg itself forgets a statement that still waits for the answer before it. */
  readonly #whenAborted: Promise<never>
  #giveUp: (error: SinkError) => void = () => {}
  #isReleased = false
  #isBroken = false

  private constructor(client: PoolClient, options: SessionOptions) {
    this.#client = client
    this.#options = options
    this.#whenAborted = new Promise((_resolve, reject) => {
      this.#giveUp = reject
    })
    this.#whenAborted.catch(() => undefined)
    // While a connection is in use the pool does not listen; the failed statement reports the same error.
    client.on('error', this.#onError)
    options.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Rejects with a transient `SinkError` as soon as the signal aborts. A connection that arrives later goes back to the pool. */
  static async acquire(pool: Pool, options: SessionOptions): Promise<Session> {
    const { signal } = options
    if (signal.aborted) throw aborted(signal)
    const connecting = pool.connect()
    const client = await new Promise<PoolClient>((resolve, reject) => {
      const onAbort = (): void => reject(aborted(signal))
      signal.addEventListener('abort', onAbort, { once: true })
      connecting.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
    }).catch((error: unknown) => {
      connecting.then(
        (late) => late.release(),
        () => options.logger.debug('postgres_sink_late_connect_error'),
      )
      throw error
    })
    return new Session(client, options)
  }

  get address(): ServerAddress {
    return { host: String(Reflect.get(this.#client, 'host')), database: String(Reflect.get(this.#client, 'database')) }
  }

  async query(text: string, values?: Statement['values']): Promise<QueryResult<Record<string, unknown>>> {
    const { signal } = this.#options
    if (signal.aborted) throw aborted(signal)
    try {
      const querying = this.#client.query<Record<string, unknown>>(text, values === undefined ? undefined : [...values])
      return await Promise.race([querying, this.#whenAborted])
    } catch (error) {
      if (!keepsConnection(error)) this.#isBroken = true
      throw signal.aborted ? aborted(signal) : error
    }
  }

  /** One statement, inside a transaction. */
  async insert(group: InsertGroup, onConflict: OnConflict): Promise<void> {
    if (group.rows.length <= maxValuesRows(group.columns.length)) {
      const { text, values } = valuesStatement(group, onConflict)
      await this.query(text, values)
    } else await this.#insertMany(group, onConflict)
  }

  /** As `insert`, outside a transaction: what the server refused because of an outdated description is sent once more. */
  async insertAlone(group: InsertGroup, onConflict: OnConflict): Promise<void> {
    const isDescribed = knownTypes(this.#client, group.table) !== undefined
    try {
      await this.insert(group, onConflict)
    } catch (error) {
      if (!isDescribed || !isAboutSchema(error)) throw error
      await this.insert(group, onConflict)
    }
  }

  /** Gives the connection back; a broken one is closed. Any number of times. */
  release(isBroken = false): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#options.signal.removeEventListener('abort', this.#onAbort)
    this.#client.release(isBroken || this.#isBroken)
    this.#client.removeListener('error', this.#onError)
  }

  async #insertMany(group: InsertGroup, onConflict: OnConflict): Promise<void> {
    const known = knownTypes(this.#client, group.table)
    const statement = known === undefined ? null : unnestStatement(group, known, onConflict)
    if (statement !== null && (await this.#countInserted(group, statement)) > 0) return
    const fresh = await this.#describe(group.table)
    // Nothing was inserted, and not because of the description: every row exists, or a trigger took them.
    if (known !== undefined && statement !== null && areSameTypes(known, fresh, group.columns)) return
    const again = unnestStatement(group, fresh, onConflict)
    // Smaller groups are sent with another statement, so the server tells what is wrong.
    if (again === null) throw new SinkError({ kind: 'permanent', message: `The table ${group.table} or one of its columns does not exist` })
    await this.#countInserted(group, again)
  }

  async #countInserted(group: InsertGroup, { text, values }: Statement): Promise<number> {
    try {
      return (await this.query(text, values)).rowCount ?? 0
    } catch (error) {
      forgetTypes(this.#client, group.table)
      throw error
    }
  }

  async #describe(table: string): Promise<ColumnTypes> {
    const { text, values } = describeStatement(table)
    const { rows } = await this.query(text, values)
    const types = new Map(rows.map(({ name, type, oid }) => [`"${String(name)}"`, { text: String(type), oid: String(oid) }]))
    rememberTypes(this.#client, table, types)
    return types
  }

  readonly #onError = (): void => {
    this.#isBroken = true
  }

  readonly #onAbort = (): void => {
    this.#giveUp(aborted(this.#options.signal))
    cancelStatement(this.#client, this.#options)
    this.release(true)
  }
}

function aborted(signal: AbortSignal): SinkError {
  return new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason })
}
