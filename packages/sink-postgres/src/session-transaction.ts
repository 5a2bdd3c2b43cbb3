/** A transaction on one connection. */
import { SinkError } from '@drakkar/plugin-sdk'
import { classifyPostgresError } from './classify-error.ts'
import type { Transaction } from './client.ts'
import type { OnConflict } from './config.ts'
import type { InsertGroup } from './request.ts'
import type { Session } from './session.ts'

export class SessionTransaction implements Transaction {
  readonly #session: Session
  readonly #onConflict: OnConflict
  #isOpen = true

  private constructor(session: Session, onConflict: OnConflict) {
    this.#session = session
    this.#onConflict = onConflict
  }

  /** Takes the session over: `end` releases it, and so does a failed begin. */
  static async begin(session: Session, onConflict: OnConflict): Promise<SessionTransaction> {
    try {
      await session.query('BEGIN')
    } catch (error) {
      session.release(true)
      throw error
    }
    return new SessionTransaction(session, onConflict)
  }

  insert(group: InsertGroup): Promise<void> {
    return this.#session.insert(group, this.#onConflict)
  }

  async tryInsert(group: InsertGroup): Promise<void> {
    await this.#session.query('SAVEPOINT rows')
    try {
      await this.insert(group)
    } catch (error) {
      if (classifyPostgresError(error).scope !== 'all') await this.#session.query('ROLLBACK TO SAVEPOINT rows; RELEASE SAVEPOINT rows')
      throw error
    }
    await this.#session.query('RELEASE SAVEPOINT rows')
  }

  async checkConstraintsAtOnce(): Promise<void> {
    await this.#session.query('SET CONSTRAINTS ALL IMMEDIATE')
  }

  async commit(): Promise<void> {
    const { command } = await this.#session.query('COMMIT')
    this.#isOpen = false
    // The server answers the commit of a failed transaction with ROLLBACK and no error.
    if (command !== 'COMMIT') throw new SinkError({ kind: 'transient', message: `The server answered the commit with ${command}` })
  }

  async end(): Promise<void> {
    try {
      if (this.#isOpen) await this.#session.query('ROLLBACK')
      this.#session.release()
    } catch {
      // Closing the connection rolls back, too.
      this.#session.release(true)
    }
  }
}
