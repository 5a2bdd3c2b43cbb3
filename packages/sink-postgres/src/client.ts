/** The port to a PostgreSQL server, and its implementation on pg. All of pg's peculiarities end here and in `session.ts`. */
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { errorMessage, redactText, type Logger } from '@drakkar/plugin-sdk'
import pg, { type Pool } from 'pg'
import type { OnConflict } from './config.ts'
import type { InsertGroup } from './request.ts'
import { Session, type ServerAddress } from './session.ts'
import { SessionTransaction } from './session-transaction.ts'

export interface Transaction {
  /** After a rejection nothing but `end` works. */
  insert(group: InsertGroup): Promise<void>
  /** After a rejection that is about the rows the transaction is as it was before. */
  tryInsert(group: InsertGroup): Promise<void>
  /** From here on deferred constraints are checked with each statement. */
  checkConstraintsAtOnce(): Promise<void>
  /** Resolves when the rows are durable. A lost connection leaves open whether they are. */
  commit(): Promise<void>
  /** Rolls back what is not committed. Never rejects. */
  end(): Promise<void>
}

export interface PostgresClient {
  readonly pool: Pool
  /** Opens the smallest number of connections, all at once. */
  connect(signal: AbortSignal): Promise<ServerAddress>
  check(signal: AbortSignal): Promise<void>
  /** One statement, which is a transaction by itself. */
  insert(group: InsertGroup, signal: AbortSignal): Promise<void>
  begin(signal: AbortSignal): Promise<Transaction>
  /** Waits for what is in use, at most 5 s, then cuts it off. Safe at any time. */
  disconnect(): Promise<void>
}

export interface PostgresClientOptions {
  readonly dsn: string
  readonly ssl: ConnectionOptions | boolean
  readonly poolMin: number
  readonly poolMax: number
  readonly onConflict: OnConflict
  readonly applicationName: string
  readonly logger: Logger
  readonly createSocket: () => Socket
}

/** Longest wait for a new connection, and for one of the pool to become free. */
const connectionTimeoutMs = 10_000
const closeTimeoutMs = 5000

export function createPostgresClient(options: PostgresClientOptions): PostgresClient {
  return new PgClient(options)
}

class PgClient implements PostgresClient {
  readonly pool: Pool
  readonly #options: PostgresClientOptions
  readonly #sockets = new Set<Socket>()

  constructor(options: PostgresClientOptions) {
    this.#options = options
    this.pool = new pg.Pool({
      connectionString: options.dsn,
      ...(options.ssl === false ? {} : { ssl: options.ssl }),
      min: options.poolMin,
      max: options.poolMax,
      application_name: options.applicationName,
      connectionTimeoutMillis: connectionTimeoutMs,
      keepAlive: true,
      stream: () => this.#createSocket(),
    })
    // The pool is shown to handlers; who logs it must not log the password.
    Object.defineProperty(this.pool.options, 'connectionString', { enumerable: false })
    // Without a listener an idle connection that the server ends would end the process. The pool has removed it already.
    this.pool.on('error', (error) => options.logger.warn('postgres_sink_connection_lost', { error: redactText(errorMessage(error)) }))
  }

  async connect(signal: AbortSignal): Promise<ServerAddress> {
    const opening = Array.from({ length: this.#options.poolMin }, () => this.#session(signal))
    const opened = await Promise.allSettled(opening)
    for (const one of opened) if (one.status === 'fulfilled') one.value.release()
    const failed = opened.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return this.#using(signal, async (session) => {
      await session.query('SELECT 1')
      return session.address
    })
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#using(signal, (session) => session.query('SELECT 1'))
  }

  async insert(group: InsertGroup, signal: AbortSignal): Promise<void> {
    await this.#using(signal, (session) => session.insertAlone(group, this.#options.onConflict))
  }

  async begin(signal: AbortSignal): Promise<Transaction> {
    const session = await this.#session(signal)
    return SessionTransaction.begin(session, this.#options.onConflict)
  }

  async disconnect(): Promise<void> {
    if (this.pool.ending) return
    const timer = setTimeout(() => this.#destroySockets(), closeTimeoutMs)
    try {
      await this.pool.end()
    } finally {
      clearTimeout(timer)
      this.#destroySockets()
    }
  }

  #session(signal: AbortSignal): Promise<Session> {
    return Session.acquire(this.pool, { signal, logger: this.#options.logger, createSocket: () => this.#createSocket() })
  }

  async #using<T>(signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#session(signal)
    try {
      return await work(session)
    } finally {
      session.release()
    }
  }

  #createSocket(): Socket {
    const socket = this.#options.createSocket()
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    return socket
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
