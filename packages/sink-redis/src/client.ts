/** The port to a Redis server, and its implementation on ioredis. All of ioredis's peculiarities end here. */
import { errorMessage, redactText, type Logger } from '@drakkar/plugin-sdk'
import { Redis } from 'ioredis'
import { bare, ConnectionLostError } from './classify-error.ts'
import { driverOptions, type RedisClientOptions } from './driver-options.ts'
import type { SetCommand } from './request.ts'

export interface RedisClient {
  /** For handlers. */
  readonly driver: Redis
  /** One attempt. Resolves when the server takes commands; rejects with the reason why not. */
  connect(): Promise<void>
  ping(): Promise<void>
  /**
   * Sends all commands at once and resolves with the error of each, or null. A lost connection is made anew in the background;
   * until then commands wait for the end of the attempt that is running, no longer.
   */
  setAll(commands: readonly SetCommand[]): Promise<readonly (Error | null)[]>
  /** `SET` with an expiry, binary safe. Rejects when it is not known to be stored. */
  setBytes(entry: BytesEntry): Promise<void>
  /** Null: no such key. */
  getBytes(key: string): Promise<Uint8Array | null>
  /** Waits for commands in flight, at most `timeoutMs`. Afterwards nothing waits any more. Safe at any time. */
  close(timeoutMs: number): Promise<void>
}

export interface BytesEntry {
  readonly key: string
  readonly body: Uint8Array
  readonly ttlMs: number
}

const firstReconnectMs = 50
const longestReconnectMs = 1000

export function createRedisClient(options: RedisClientOptions): RedisClient {
  return new IoredisClient(options)
}

class IoredisClient implements RedisClient {
  readonly driver: Redis
  readonly #logger: Logger
  readonly #closed = new AbortController()
  /** Why there is no connection: ioredis tells it to a listener, not to the caller. */
  #lastError: Error | undefined
  #wasReady = false

  constructor(options: RedisClientOptions) {
    this.#logger = options.logger
    this.driver = new Redis(driverOptions(options, (attempt) => this.#reconnectDelay(attempt)))
    this.driver.on('error', (error) => this.#remember(error))
    this.driver.on('ready', () => {
      this.#wasReady = true
      this.#lastError = undefined
    })
  }

  async connect(): Promise<void> {
    try {
      await this.driver.connect()
    } catch (error) {
      throw this.#lastError ?? error
    }
  }

  async ping(): Promise<void> {
    await this.#answered(this.driver.ping())
  }

  async setBytes({ key, body, ttlMs }: BytesEntry): Promise<void> {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    await this.#answered(this.driver.set(key, bytes, 'PX', ttlMs))
  }

  getBytes(key: string): Promise<Uint8Array | null> {
    return this.#answered(this.driver.getBuffer(key))
  }

  async setAll(commands: readonly SetCommand[]): Promise<readonly (Error | null)[]> {
    const pipeline = this.driver.pipeline()
    for (const { key, value, ttlSeconds } of commands) {
      if (ttlSeconds === null) pipeline.set(key, value)
      else pipeline.set(key, value, 'EX', ttlSeconds)
    }
    const results = await this.#untilClosed(pipeline.exec())
    return commands.map((_command, index) => {
      const result = results?.[index]
      return result === undefined ? new ConnectionLostError('The command was not answered') : this.#explain(result[0])
    })
  }

  async close(timeoutMs: number): Promise<void> {
    if (this.driver.status === 'ready') await this.#quit(timeoutMs)
    this.driver.disconnect()
    this.#closed.abort()
  }

  async #quit(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    const quit = this.driver.quit().catch((error: unknown) => this.#logger.debug('redis_quit_error', { error: bare(error) }))
    await Promise.race([quit, timeout])
    clearTimeout(timer)
  }

  #answered<T>(command: Promise<T>): Promise<T> {
    return this.#untilClosed(command.catch((error: unknown) => Promise.reject(this.#explain(error) ?? error)))
  }

  /** ioredis leaves commands without an end when it is disconnected between two attempts to connect. */
  #untilClosed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closed
    return new Promise((resolve, reject) => {
      const close = (): void => reject(new ConnectionLostError('The connection was closed'))
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', close))
      if (signal.aborted) close()
      else signal.addEventListener('abort', close, { once: true })
    })
  }

  /** Instead of "reached the max retries per request limit" the reason why there is no connection. */
  #explain(error: unknown): Error | null {
    if (error === null || error === undefined) return null
    if (!(error instanceof Error)) return new Error(errorMessage(error))
    if (error.name !== 'MaxRetriesPerRequestError') return error
    const reason = this.#lastError === undefined ? 'The server closed the connection' : errorMessage(this.#lastError)
    return new ConnectionLostError(`No connection to Redis: ${redactText(reason)}`)
  }

  #remember(error: unknown): void {
    this.#lastError = error instanceof Error ? error : new Error(errorMessage(error))
    this.#logger.debug('redis_client_error', { error: bare(error) })
  }

  /** Null ends the attempts: before there was a connection, trying again is up to whoever called `connect`. */
  #reconnectDelay(attempt: number): number | null {
    return this.#wasReady ? Math.min(firstReconnectMs * 2 ** Math.min(attempt - 1, 10), longestReconnectMs) : null
  }
}
