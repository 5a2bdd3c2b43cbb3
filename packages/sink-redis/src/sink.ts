/** The Redis sink: payloads to commands, commands to the server, an answer for each payload. */
import {
  BaseSink,
  SinkError,
  type CallOptions,
  type DeliverCall,
  type DeliverResult,
  type DeliveryItem,
  type ServingStore,
  type SinkContext,
  type WireForm,
} from '@drakkar/plugin-sdk'
import type { Redis } from 'ioredis'
import { classifyRedisError, isAuthenticationError } from './classify-error.ts'
import type { RedisClient } from './client.ts'
import type { RedisSinkConfig } from './config.ts'
import type { RedisPayload } from './payload.ts'
import { encodeValue, storedKey, toAnswers, toCommands, type CommandOptions } from './request.ts'
import { createRedisServingStore } from './serving-store.ts'
import { untilAborted } from './until-aborted.ts'

export interface RedisSinkOptions {
  readonly config: RedisSinkConfig
  readonly context: SinkContext
  /** Called by each `connect`. */
  readonly createClient: () => Promise<RedisClient>
}

/** Longest wait of `close` for commands in flight. */
const closeTimeoutMs = 5000

export class RedisSink extends BaseSink<RedisPayload> {
  readonly servingStore: ServingStore
  readonly #options: RedisSinkOptions
  readonly #commandOptions: CommandOptions
  #client: RedisClient | undefined

  constructor(options: RedisSinkOptions) {
    super(options.context)
    this.#options = options
    const { key_prefix: keyPrefix, max_value_bytes: maxValueBytes } = options.config
    this.#commandOptions = { keyPrefix, maxValueBytes }
    this.servingStore = createRedisServingStore({ keyPrefix, maxValueBytes, client: () => this.#connectedClient() })
  }

  /** Throws `DRK_SINK_NOT_CONNECTED` while there is no connection. */
  get handle(): Redis {
    return this.#connectedClient().driver
  }

  async check({ signal }: CallOptions): Promise<void> {
    const client = this.#connectedClient()
    await untilAborted(whileConnecting(client.ping()), signal)
  }

  orderingKey(payload: RedisPayload): string {
    return storedKey(payload, this.#commandOptions)
  }

  encode(payload: RedisPayload): WireForm {
    return encodeValue(payload, this.#commandOptions)
  }

  protected async open({ signal }: CallOptions): Promise<void> {
    const client = await this.#options.createClient()
    this.#client = client
    const opening = client.connect().then(() => client.ping())
    await untilAborted(whileConnecting(opening), signal)
  }

  protected async write(batch: readonly DeliveryItem<RedisPayload>[], call: DeliverCall): Promise<DeliverResult> {
    const client = this.#connectedClient()
    call.signal.throwIfAborted()
    const { commands, refused } = toCommands(batch, this.#commandOptions)
    if (commands.length === 0) return refused
    // Commands of an aborted call keep their place: the connection is one queue, so the next delivery cannot overtake them.
    const outcomes = await untilAborted(classifying(client.setAll(commands)), call.signal)
    if (refused.length === 0 && outcomes.every((error) => error === null)) return
    const errors = outcomes.map((error) => (error === null ? null : classifyRedisError(error)))
    return [...refused, ...toAnswers(commands, errors)]
  }

  protected async release(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    await client?.close(closeTimeoutMs)
  }

  #connectedClient(): RedisClient {
    this.assertConnected()
    if (this.#client !== undefined) return this.#client
    throw new SinkError({ kind: 'transient', code: 'DRK_SINK_NOT_CONNECTED', message: 'The connection is being closed' })
  }
}

async function classifying<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw classifyRedisError(error)
  }
}

/** Wrong credentials do not pass by themselves while connecting, whereas a server that runs may have them changed for a moment. */
async function whileConnecting(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    const classified = classifyRedisError(error)
    const isRefused = isAuthenticationError(error)
    const message = isRefused ? `Redis refuses the user or password of \`url\`: ${classified.message}` : classified.message
    throw new SinkError({
      kind: isRefused ? 'permanent' : classified.kind,
      code: 'DRK_SINK_CONNECT_FAILED',
      message,
      cause: classified.cause,
    })
  }
}
