/**
 * Gathers sends into transactions: while one is being written, the sends that come in wait and go out together. A
 * transaction costs about the same for one record as for a hundred.
 */
import type { ProducedRecord } from '@drakkar/plugin-sdk/log'
import type { Sqlite } from '../../runtime/sqlite/sqlite-client.ts'
import type { SqlResult, SqlStatement } from '../../runtime/sqlite/sqlite-protocol.ts'
import { createDeferred } from '../../runtime/deferred.ts'
import type { Deferred } from '../../runtime/deferred.ts'

/** Most records in one transaction, unless one send alone is larger. */
const maxRecords = 2000

/** One record, placed. */
export interface PlacedRecord {
  readonly topic: string
  readonly partition: number
  /** Inserts it and returns its offset. */
  readonly statement: SqlStatement
}

interface Send {
  readonly records: readonly PlacedRecord[]
  readonly done: Deferred<readonly ProducedRecord[]>
}

export class AppendQueue {
  readonly #sqlite: Sqlite
  readonly #onAppended: () => void
  readonly #waiting: Send[] = []
  #writing = false

  constructor(sqlite: Sqlite, onAppended: () => void) {
    this.#sqlite = sqlite
    this.#onAppended = onAppended
  }

  /** All records of one call are stored in one transaction, after those of earlier calls. */
  async append(records: readonly PlacedRecord[]): Promise<readonly ProducedRecord[]> {
    if (records.length === 0) return []
    const send: Send = { records, done: createDeferred() }
    this.#waiting.push(send)
    if (!this.#writing) void this.#writeAll()
    return await send.done.promise
  }

  /** Never rejects: a failure goes to the sends of its group. */
  async #writeAll(): Promise<void> {
    this.#writing = true
    // Sends made in the same turn of the event loop share the first transaction.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#write(this.#takeGroup())
    this.#writing = false
  }

  #takeGroup(): Send[] {
    let count = 0
    const end = this.#waiting.findIndex(({ records }, index) => {
      count += records.length
      return index > 0 && count > maxRecords
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  async #write(group: readonly Send[]): Promise<void> {
    try {
      const results = await this.#sqlite.run(group.flatMap(({ records }) => records.map(({ statement }) => statement)))
      let start = 0
      for (const { records, done } of group) {
        done.resolve(records.map((record, index) => produced(record, results[start + index])))
        start += records.length
      }
    } catch (error) {
      for (const { done } of group) done.reject(error)
      return
    }
    this.#onAppended()
  }
}

function produced({ topic, partition }: PlacedRecord, result: SqlResult | undefined): ProducedRecord {
  return { topic, partition, offset: Number(result?.rows[0]?.['offset']) }
}
