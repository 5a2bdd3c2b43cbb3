/** The port to a MongoDB database, and its implementation on the driver. All of the driver's peculiarities end here. */
import { SinkError } from '@drakkar/plugin-sdk'
import { MongoBulkWriteError, MongoClient, type AnyBulkWriteOperation, type BSON, type Db, type MongoClientOptions } from 'mongodb'
import { everyWrite, failedWrites } from './failed-writes.ts'
import { documentProblem, type CollectionWrites, type DocumentWrite } from './request.ts'

/** For handlers: `context.sinks.mongo('<instance>')`. */
export interface MongoHandle {
  readonly client: MongoClient
  readonly db: Db
}

export interface DocumentClient {
  readonly handle: MongoHandle
  /** Resolves when the server answered a ping. */
  connect(): Promise<void>
  ping(): Promise<void>
  /** Resolves with the failed writes; all others are acknowledged. Rejects when none is known to have arrived. */
  write(request: CollectionWrites): Promise<ReadonlyMap<DocumentWrite, SinkError>>
  /** Ends every connection. Writes without an answer fail. Safe at any time. */
  close(): Promise<void>
}

export interface DocumentClientOptions {
  readonly uri: string
  readonly database: string
  /** Shown in the log and in the current operations of the server. */
  readonly appName: string
}

/** In place of the driver's own, which are 30 s and no limit at all; a URI that names them wins. */
const timeouts = { connectTimeoutMS: 5000, serverSelectionTimeoutMS: 5000, socketTimeoutMS: 30_000 }

/** Throws a permanent `SinkError` for a URI that is none, or that asks for writes without an acknowledgement. */
export function createDocumentClient(options: DocumentClientOptions): DocumentClient {
  const client = new DriverClient(options)
  if (client.handle.client.options.writeConcern?.w === 0) {
    throw invalid('`uri` asks for w=0: nothing would be known to have arrived')
  }
  return client
}

class DriverClient implements DocumentClient {
  readonly handle: MongoHandle

  constructor(options: DocumentClientOptions) {
    const client = new MongoClient(...clientArguments(options))
    this.handle = { client, db: client.db(options.database) }
  }

  async connect(): Promise<void> {
    await this.handle.client.connect()
    await this.ping()
  }

  async ping(): Promise<void> {
    await this.handle.db.command({ ping: 1 })
  }

  async write({ collection, writes }: CollectionWrites): Promise<ReadonlyMap<DocumentWrite, SinkError>> {
    try {
      await this.handle.db.collection(collection).bulkWrite(writes.map(toOperation), { ordered: false })
      return new Map()
    } catch (error) {
      if (error instanceof MongoBulkWriteError) return failedWrites(writes, error)
      return this.#withoutUnusable({ collection, writes }, error)
    }
  }

  async close(): Promise<void> {
    await this.handle.client.close(true)
  }

  /** The driver throws before it sends anything when one document cannot be written. */
  async #withoutUnusable({ collection, writes }: CollectionWrites, cause: unknown): Promise<ReadonlyMap<DocumentWrite, SinkError>> {
    const unusable = new Map<DocumentWrite, SinkError>()
    for (const write of writes) {
      const problem = documentProblem(write)
      if (problem !== null) unusable.set(write, problem)
    }
    if (unusable.size === 0) throw cause
    const usable = writes.filter((write) => !unusable.has(write))
    if (usable.length === 0) return unusable
    const failed = await this.write({ collection, writes: usable }).catch((error: unknown) => everyWrite(usable, error))
    return new Map([...unusable, ...failed])
  }
}

function clientArguments({ uri, appName }: DocumentClientOptions): [string, MongoClientOptions] {
  const defaults = Object.entries(timeouts).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(uri))
  const ours = /[?&]appName=/i.test(uri) ? {} : { appName: appName.slice(0, 128) }
  return [uri, { ...Object.fromEntries(defaults), ...ours, ignoreUndefined: true }]
}

function toOperation({ document, filter }: DocumentWrite): AnyBulkWriteOperation<BSON.Document> {
  if (filter === null) return { insertOne: { document } }
  return { replaceOne: { filter, replacement: document, upsert: true } }
}

function invalid(message: string): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED', message })
}
