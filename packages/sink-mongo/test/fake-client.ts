/**
 * A `DocumentClient` on a database in memory. It keeps what is written and fails on demand: unreachable, silent, a key that is
 * there already, an error for the next request.
 */
import type { SinkError } from '@drakkar/plugin-sdk'
import { MongoClient } from 'mongodb'
import { classifyWriteError, duplicateKeyCode } from '../src/classify-error.ts'
import type { DocumentClient } from '../src/client.ts'
import { documentProblem, type CollectionWrites, type DocumentWrite, type MongoDocument } from '../src/request.ts'

export interface StoredDocument {
  readonly collection: string
  readonly document: MongoDocument
}

export class FakeDatabase {
  readonly documents: StoredDocument[] = []
  /** Every request, also those that failed. */
  readonly requests: CollectionWrites[] = []
  openConnections = 0
  isReachable = true
  /** Taken by the next requests, one each. */
  readonly nextErrors: Error[] = []
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

  createClient(): DocumentClient {
    let isOpen = false
    let isClosed = false
    const answering = async (): Promise<void> => {
      await this.#gate
      if (!this.isReachable || isClosed) throw networkError()
    }
    // Never connected: the handle is only handed on.
    const client = new MongoClient('mongodb://fake')
    return {
      handle: { client, db: client.db('fake') },
      connect: async () => {
        await answering()
        if (!isOpen) this.openConnections += 1
        isOpen = true
      },
      ping: answering,
      write: async (request) => {
        this.requests.push(request)
        await answering()
        return this.#write(request)
      },
      close: async () => {
        if (isOpen) this.openConnections -= 1
        isOpen = false
        isClosed = true
      },
    }
  }

  #write({ collection, writes }: CollectionWrites): ReadonlyMap<DocumentWrite, SinkError> {
    const error = this.nextErrors.shift()
    if (error !== undefined) throw error
    const failed = new Map<DocumentWrite, SinkError>()
    for (const write of writes) {
      const problem = documentProblem(write) ?? this.#store(collection, write)
      if (problem !== null) failed.set(write, problem)
    }
    return failed
  }

  #store(collection: string, { document, filter }: DocumentWrite): SinkError | null {
    const place = this.documents.findIndex((stored) => stored.collection === collection && isSame(stored.document, document, filter))
    if (place !== -1 && filter === null) return classifyWriteError({ code: duplicateKeyCode, errmsg: 'E11000 index: _id_' }, false)
    if (place === -1) this.documents.push({ collection, document })
    else this.documents[place] = { collection, document }
    return null
  }
}

/** Fields at the top only. */
function isSame(stored: MongoDocument, document: MongoDocument, filter: MongoDocument | null): boolean {
  if (filter === null) return stored['_id'] === document['_id']
  return Object.keys(filter).every((field) => stored[field] === document[field])
}

/** As the driver throws it when the server is gone. */
export function networkError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { name: 'MongoNetworkError' })
}
