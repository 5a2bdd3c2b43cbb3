/**
 * A `PostgresClient` on a database in memory, with transactions and savepoints. It fails on demand: unreachable, silent, rows
 * that are refused at once or at the commit, an error for the next statement or commit.
 */
import pg from 'pg'
import type { PostgresClient, Transaction } from '../src/client.ts'
import type { InsertGroup, OutgoingRow } from '../src/request.ts'

type Refusal = (row: OutgoingRow, visible: readonly OutgoingRow[]) => Error | null

export class FakeDatabase {
  /** Committed rows in the order they were inserted. */
  readonly rows: OutgoingRow[] = []
  /** Every statement, also the refused ones. */
  readonly statements: InsertGroup[] = []
  readonly tables = new Set(['"results"'])
  openConnections = 0
  isReachable = true
  /** Taken by the next statements and commits, one each; null lets one pass. */
  readonly nextErrors: (Error | null)[] = []
  /** Of a row with a statement; sees committed rows and those of the own transaction. */
  refuses: Refusal = () => null
  /** As a deferred constraint: at the commit, or with the statement once constraints are immediate. */
  refusesDeferred: Refusal = () => null
  /** Rows that exist already are kept, as with `do_nothing`. */
  isExisting: (row: OutgoingRow, visible: readonly OutgoingRow[]) => boolean = () => false
  #gate: Promise<void> = Promise.resolve()
  #openGate: () => void = () => {}

  stall(): void {
    this.#gate = new Promise((resolve) => {
      this.#openGate = resolve
    })
  }

  unstall(): void {
    this.#openGate()
  }

  createClient(): PostgresClient {
    let isOpen = false
    const pool = new pg.Pool()
    return {
      pool,
      connect: async (signal) => {
        await this.answering(signal)
        if (!isOpen) this.openConnections += 1
        isOpen = true
        return { host: 'fake', database: 'db' }
      },
      check: (signal) => this.answering(signal),
      insert: async (group, signal) => {
        const transaction = new FakeTransaction(this, signal)
        await transaction.insert(group)
        transaction.applyDeferred()
      },
      begin: async (signal) => {
        await this.answering(signal)
        return new FakeTransaction(this, signal)
      },
      disconnect: async () => {
        if (isOpen) this.openConnections -= 1
        isOpen = false
      },
    }
  }

  async answering(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(connectionError())
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      void this.#gate.then(resolve).finally(() => signal.removeEventListener('abort', onAbort))
    })
    if (!this.isReachable) throw connectionError()
    const error = this.nextErrors.shift()
    if (error) throw error
  }
}

class FakeTransaction implements Transaction {
  readonly #database: FakeDatabase
  readonly #signal: AbortSignal
  readonly #inserted: OutgoingRow[] = []
  #isImmediate = false
  #isFailed = false

  constructor(database: FakeDatabase, signal: AbortSignal) {
    this.#database = database
    this.#signal = signal
  }

  async insert(group: InsertGroup): Promise<void> {
    if (this.#isFailed) throw serverError('25P02')
    const before = this.#inserted.length
    this.#database.statements.push(group)
    try {
      await this.#database.answering(this.#signal)
      if (!this.#database.tables.has(group.table)) throw serverError('42P01')
      for (const row of group.rows) this.#insertRow(row)
    } catch (error) {
      this.#inserted.length = before
      this.#isFailed = true
      throw error
    }
  }

  async tryInsert(group: InsertGroup): Promise<void> {
    try {
      await this.insert(group)
    } catch (error) {
      this.#isFailed = false
      throw error
    }
  }

  async checkConstraintsAtOnce(): Promise<void> {
    await this.#database.answering(this.#signal)
    this.#isImmediate = true
  }

  async commit(): Promise<void> {
    await this.#database.answering(this.#signal)
    if (this.#isFailed) throw serverError('25P02')
    this.applyDeferred()
  }

  applyDeferred(): void {
    const { rows, refusesDeferred } = this.#database
    for (const row of this.#inserted) {
      const error = refusesDeferred(row, [...rows, ...this.#inserted])
      if (error !== null) throw error
    }
    rows.push(...this.#inserted.splice(0))
  }

  async end(): Promise<void> {
    this.#inserted.length = 0
  }

  #insertRow(row: OutgoingRow): void {
    const { rows, refuses, refusesDeferred, isExisting } = this.#database
    const visible = [...rows, ...this.#inserted]
    const error = refuses(row, visible) ?? (this.#isImmediate ? refusesDeferred(row, visible) : null)
    if (error !== null) throw error
    if (!isExisting(row, visible)) this.#inserted.push(row)
  }
}

export function connectionError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
}

/** As pg throws what the server answers. */
export function serverError(code: string, message = 'the server refuses', fields: object = {}): Error {
  return Object.assign(new Error(message), { code, severity: 'ERROR', ...fields })
}
