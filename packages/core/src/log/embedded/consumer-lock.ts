/**
 * The lock that lets one process at a time consume an embedded log. It is a row of the file: the owner's process is
 * looked up when somebody else wants the lock, so that a killed owner blocks nobody. An owner on another machine (a
 * container that shares the volume) cannot be looked up; it counts as gone when it has not been seen for 30 s.
 */
import { randomUUID } from 'node:crypto'
import { LogError } from '@drakkar/plugin-sdk/log'
import type { Sqlite } from '../../runtime/sqlite/sqlite-client.ts'
import type { SqlRow, SqlStatement } from '../../runtime/sqlite/sqlite-protocol.ts'
import { isAlive, ownIdentity } from './process-identity.ts'

/** How often the owner says that it is there, in milliseconds. */
export const heartbeatMs = 5000
const unseenMs = 30_000

export interface ConsumerLockInput {
  readonly sqlite: Sqlite
  readonly path: string
  readonly workerId: string
}

export class ConsumerLock {
  readonly token = randomUUID()
  readonly #sqlite: Sqlite
  readonly #path: string
  readonly #workerId: string

  constructor(input: ConsumerLockInput) {
    this.#sqlite = input.sqlite
    this.#path = input.path
    this.#workerId = input.workerId
  }

  /** Resolves with the epoch of this ownership. Rejects with `DRK_LOG_LOCKED`, naming the owner. */
  async acquire(): Promise<number> {
    for (;;) {
      const [row] = await this.#sqlite.all('SELECT * FROM consumer_lock WHERE id = 1')
      if (row !== undefined && (await isHeld(row))) throw lockedBy(row, this.#path)
      const taken = await this.#take(row?.['token'] ?? null)
      if (taken !== null) return taken
    }
  }

  /** False: the lock is no longer ours. */
  async heartbeat(): Promise<boolean> {
    const sql = 'UPDATE consumer_lock SET seen_ms = ? WHERE token = ?'
    const [result] = await this.#sqlite.run([{ sql, params: [Date.now(), this.token] }])
    return result?.changes === 1
  }

  /** Gives the lock back if it is ours. */
  async release(): Promise<void> {
    const sql =
      'UPDATE consumer_lock SET token = NULL, pid = NULL, started = NULL, machine = NULL, worker_id = NULL, seen_ms = NULL WHERE token = ?'
    await this.#sqlite.run([{ sql, params: [this.token] }])
  }

  /** Takes the lock from the owner that was seen; null when somebody was faster. */
  async #take(seenToken: SqlRow[string]): Promise<number | null> {
    const { pid, started, machine } = await ownIdentity()
    const statement: SqlStatement = {
      sql: `UPDATE consumer_lock SET epoch = epoch + 1, token = ?, pid = ?, started = ?, machine = ?, worker_id = ?, seen_ms = ?
            WHERE id = 1 AND token IS ? RETURNING epoch`,
      params: [this.token, pid, started, machine, this.#workerId, Date.now(), seenToken ?? null],
    }
    const [result] = await this.#sqlite.run([statement])
    const epoch = result?.rows[0]?.['epoch']
    return typeof epoch === 'number' ? epoch : null
  }
}

async function isHeld(row: SqlRow): Promise<boolean> {
  const { token, pid, started, machine, seen_ms: seenMs } = row
  if (typeof token !== 'string' || typeof pid !== 'number') return false
  const alive = await isAlive({ pid, started: typeof started === 'string' ? started : null, machine: String(machine) })
  return alive ?? Date.now() - Number(seenMs) < unseenMs
}

function lockedBy(row: SqlRow, path: string): LogError {
  const [host] = String(row['machine']).split(' ')
  return new LogError({
    kind: 'permanent',
    code: 'DRK_LOG_LOCKED',
    message: `embedded log ${path} is being consumed by process ${String(row['pid'])} on ${host} (worker ${String(row['worker_id'])})`,
  })
}
