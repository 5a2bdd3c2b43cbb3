/**
 * Inserts the rows of a batch in one transaction and finds out which of them a refusal is about. First with as few statements
 * as possible. When the server refuses something, again in a new transaction: every statement behind a savepoint, refused
 * ones by halves, until the rows to blame are known; all others are committed together. What a deadlock or a serialization
 * failure rolled back is done once more at once.
 */
import { SinkError } from '@drakkar/plugin-sdk'
import { classifyPostgresError, type PostgresFailure } from './classify-error.ts'
import type { PostgresClient, Transaction } from './client.ts'
import { groupRows, halves, type InsertGroup, type OutgoingRow } from './request.ts'
import { maxValuesRows } from './statement.ts'

export interface InsertOptions {
  readonly client: Pick<PostgresClient, 'insert' | 'begin'>
  /** Quoted columns of `on_conflict`. */
  readonly conflictColumns: readonly string[]
  readonly signal: AbortSignal
}

export type FailedRows = ReadonlyMap<OutgoingRow, SinkError>

/** Resolves with the failed rows; all others are committed. */
export async function insertRows(rows: readonly OutgoingRow[], options: InsertOptions): Promise<FailedRows> {
  const first = await attemptInsert(rows, options)
  return first.mayPassAtOnce ? (await attemptInsert(rows, options)).failed : first.failed
}

interface Attempt {
  readonly failed: FailedRows
  /** True: nothing is stored, and the same may pass now. */
  readonly mayPassAtOnce: boolean
}

async function attemptInsert(rows: readonly OutgoingRow[], options: InsertOptions): Promise<Attempt> {
  const refused = await insertWhole(rows, options)
  if (refused === null) return { failed: new Map(), mayPassAtOnce: false }
  if (refused.scope === 'all') return failAll(rows, refused)
  const narrowed = await insertNarrowing(rows, false, options)
  if (narrowed !== 'refused at commit') return narrowed
  // Deferred constraints: with immediate checks the statement of the row to blame is refused.
  const narrowedAtOnce = await insertNarrowing(rows, true, options)
  return narrowedAtOnce === 'refused at commit' ? failAll(rows, refused) : narrowedAtOnce
}

/** Null when every row is committed. */
async function insertWhole(
  rows: readonly OutgoingRow[],
  { client, conflictColumns, signal }: InsertOptions,
): Promise<PostgresFailure | null> {
  const groups = groupRows(rows, { reorders: true, conflictColumns, maxRows: () => Number.POSITIVE_INFINITY })
  const [only] = groups
  if (only === undefined) return null
  try {
    if (groups.length === 1) await client.insert(only, signal)
    else await inTransaction(client, signal, (transaction) => insertGroups(transaction, groups))
    return null
  } catch (error) {
    return classifyPostgresError(error)
  }
}

async function insertGroups(transaction: Transaction, groups: readonly InsertGroup[]): Promise<void> {
  for (const group of groups) await transaction.insert(group)
  await transaction.commit()
}

async function inTransaction<T>(
  client: InsertOptions['client'],
  signal: AbortSignal,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const transaction = await client.begin(signal)
  try {
    return await work(transaction)
  } finally {
    await transaction.end()
  }
}

async function insertNarrowing(
  rows: readonly OutgoingRow[],
  checksAtOnce: boolean,
  { client, conflictColumns, signal }: InsertOptions,
): Promise<Attempt | 'refused at commit'> {
  const failed = new Map<OutgoingRow, SinkError>()
  const groups = groupRows(rows, { reorders: false, conflictColumns, maxRows: maxValuesRows })
  try {
    return await inTransaction(client, signal, async (transaction) => {
      if (checksAtOnce) await transaction.checkConstraintsAtOnce()
      await insertWhatPasses(transaction, [...groups], failed)
      return (await isCommitted(transaction)) ? { failed, mayPassAtOnce: false } : 'refused at commit'
    })
  } catch (error) {
    const remaining = failAll(
      rows.filter((row) => !failed.has(row)),
      classifyPostgresError(error),
    )
    return { ...remaining, failed: new Map([...failed, ...remaining.failed]) }
  }
}

/** False when the server refused what was inserted. Rejects when nothing is known about it. */
async function isCommitted(transaction: Transaction): Promise<boolean> {
  try {
    await transaction.commit()
    return true
  } catch (error) {
    if (classifyPostgresError(error).scope === 'all') throw error
    return false
  }
}

/** Rejects when the transaction is lost. */
async function insertWhatPasses(transaction: Transaction, waiting: InsertGroup[], failed: Map<OutgoingRow, SinkError>): Promise<void> {
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const failure = await tryGroup(transaction, group)
    if (failure === null) continue
    const smaller = failure.scope === 'row' ? halves(group) : []
    waiting.unshift(...smaller)
    if (smaller.length > 0) continue
    for (const row of group.rows) failed.set(row, describe(row, failure.error))
  }
}

/** Rejects with what concerns every row. */
async function tryGroup(transaction: Transaction, group: InsertGroup): Promise<PostgresFailure | null> {
  try {
    await transaction.tryInsert(group)
    return null
  } catch (error) {
    const failure = classifyPostgresError(error)
    if (failure.scope === 'all') throw error
    return failure
  }
}

function describe(row: OutgoingRow, { kind, message }: SinkError): SinkError {
  return new SinkError({ kind, message: `Payload ${row.index} was not inserted into ${row.table}: ${message}` })
}

function failAll(rows: readonly OutgoingRow[], { error, mayPassAtOnce }: PostgresFailure): Attempt {
  return { failed: new Map(rows.map((row) => [row, error])), mayPassAtOnce }
}
