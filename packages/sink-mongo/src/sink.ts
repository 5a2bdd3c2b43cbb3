/** The MongoDB sink: payloads to documents, one request for each collection, an answer for each payload. */
import {
  BaseSink,
  failure,
  ok,
  SinkError,
  type CallOptions,
  type DeliverCall,
  type DeliverResult,
  type DeliveryItem,
  type SinkContext,
  type SinkResponse,
  type WireForm,
} from '@drakkar/plugin-sdk'
import { classifyMongoError, isAuthenticationError } from './classify-error.ts'
import type { DocumentClient, MongoHandle } from './client.ts'
import type { MongoSinkConfig } from './config.ts'
import type { MongoPayload } from './payload.ts'
import { encodeDocument, toRequests, type CollectionWrites } from './request.ts'
import { untilAborted } from './until-aborted.ts'

export interface MongoSinkOptions {
  readonly config: MongoSinkConfig
  readonly context: SinkContext
  /** Called by each `connect`. */
  readonly createClient: () => DocumentClient
}

export class MongoSink extends BaseSink<MongoPayload> {
  readonly #options: MongoSinkOptions
  #client: DocumentClient | undefined

  constructor(options: MongoSinkOptions) {
    super(options.context)
    this.#options = options
  }

  /** Throws `DRK_SINK_NOT_CONNECTED` while there is no connection. */
  get handle(): MongoHandle {
    return this.#connectedClient().handle
  }

  async check({ signal }: CallOptions): Promise<void> {
    await untilAborted(whileConnecting(this.#connectedClient().ping()), signal)
  }

  encode(payload: MongoPayload): WireForm {
    return encodeDocument(payload)
  }

  protected async open({ signal }: CallOptions): Promise<void> {
    const client = this.#createClient()
    this.#client = client
    await untilAborted(whileConnecting(client.connect()), signal)
  }

  protected async write(batch: readonly DeliveryItem<MongoPayload>[], { signal }: DeliverCall): Promise<DeliverResult> {
    const client = this.#connectedClient()
    signal.throwIfAborted()
    const { requests, refused } = toRequests(batch, this.#options.config.upsert_key)
    const answers = await Promise.all(requests.map((request) => writeOne(client, request, signal)))
    if (refused.length === 0 && answers.every((answer) => answer === null)) return
    return [...refused, ...answers.flatMap((answer, index) => answer ?? allArrived(requests[index]))]
  }

  protected async release(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.close()
  }

  #createClient(): DocumentClient {
    try {
      return this.#options.createClient()
    } catch (error) {
      throw connectError(error)
    }
  }

  #connectedClient(): DocumentClient {
    this.assertConnected()
    if (this.#client !== undefined) return this.#client
    throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The connection is being closed' })
  }
}

/** Null: every document arrived. The driver cannot take back what it has sent: after an abort the request ends by itself, and its documents may be stored. */
async function writeOne(client: DocumentClient, request: CollectionWrites, signal: AbortSignal): Promise<readonly SinkResponse[] | null> {
  try {
    const failed = await untilAborted(client.write(request), signal)
    if (failed.size === 0) return null
    return request.writes.map((write) => {
      const error = failed.get(write)
      return error === undefined ? ok(write.id) : failure(write.id, inCollection(error, request.collection))
    })
  } catch (error) {
    const classified = inCollection(classifyMongoError(error), request.collection)
    return request.writes.map(({ id }) => failure(id, classified))
  }
}

function allArrived(request: CollectionWrites | undefined): readonly SinkResponse[] {
  return request?.writes.map(({ id }) => ok(id)) ?? []
}

function inCollection({ kind, code, message, cause }: SinkError, collection: string): SinkError {
  return new SinkError({ kind, code, message: `Collection ${JSON.stringify(collection)}: ${message}`, cause })
}

async function whileConnecting(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw connectError(error)
  }
}

/** Wrong credentials do not pass by themselves while connecting, whereas a running server may have them changed for a moment. */
function connectError(cause: unknown): SinkError {
  const { kind, message } = classifyMongoError(cause)
  const isRefused = isAuthenticationError(cause)
  return new SinkError({
    kind: isRefused ? 'permanent' : kind,
    code: 'DRK_SINK_CONNECT_FAILED',
    message: isRefused ? `The server refuses the user or password of \`uri\`: ${message}` : message,
    cause,
  })
}
