/**
 * A `RedisClient` on a server in memory. It keeps what is set and fails on demand: unreachable, silent, a key that is not
 * permitted, replies in the place of the next commands.
 */
import { Redis } from 'ioredis'
import type { BytesEntry, RedisClient } from '../src/client.ts'
import type { SetCommand } from '../src/request.ts'

export class FakeServer {
  /** By key, in the order of the first `SET`. */
  readonly entries = new Map<string, Pick<SetCommand, 'value' | 'ttlSeconds'>>()
  /** What `setBytes` stored, with the time it has left. */
  readonly bytes = new Map<string, Pick<BytesEntry, 'body' | 'ttlMs'>>()
  openConnections = 0
  isReachable = true
  connectError: Error | undefined
  /** Replies of the next commands, one each; null lets the command through. */
  readonly nextReplies: (Error | null)[] = []
  isForbidden: (key: string) => boolean = (key) => key.endsWith('forbidden')
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

  /** Lets entries of `bytes` expire. */
  passTime(ms: number): void {
    for (const [key, { body, ttlMs }] of this.bytes) {
      if (ttlMs <= ms) this.bytes.delete(key)
      else this.bytes.set(key, { body, ttlMs: ttlMs - ms })
    }
  }

  createClient(): RedisClient {
    let isOpen = false
    let isClosed = false
    return {
      // Never connected: it stands for the handle.
      driver: new Redis({ lazyConnect: true }),
      connect: async () => {
        await this.#answering()
        if (this.connectError !== undefined) throw this.connectError
        if (isClosed) throw connectionError()
        isOpen = true
        this.openConnections += 1
      },
      ping: () => this.#answering(),
      setAll: (commands) => this.#setAll(commands),
      setBytes: async ({ key, body, ttlMs }) => {
        await this.#answering()
        const reply = this.#nextReply(key)
        if (reply !== null) throw reply
        this.bytes.set(key, { body, ttlMs })
      },
      getBytes: async (key) => {
        await this.#answering()
        return this.bytes.get(key)?.body ?? null
      },
      close: async () => {
        if (isOpen) this.openConnections -= 1
        isOpen = false
        isClosed = true
      },
    }
  }

  async #setAll(commands: readonly SetCommand[]): Promise<readonly (Error | null)[]> {
    await this.#gate
    return commands.map((command) => this.#set(command))
  }

  #set({ key, value, ttlSeconds }: SetCommand): Error | null {
    if (!this.isReachable) return connectionError()
    const reply = this.#nextReply(key)
    if (reply === null) this.entries.set(key, { value, ttlSeconds })
    return reply
  }

  #nextReply(key: string): Error | null {
    return this.nextReplies.shift() ?? (this.isForbidden(key) ? replyError(`NOPERM No permissions to access a key`) : null)
  }

  async #answering(): Promise<void> {
    await this.#gate
    if (!this.isReachable) throw connectionError()
  }
}

export function connectionError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' })
}

/** As ioredis gives it: with the command, whose arguments nobody may see. */
export function replyError(message: string, args: readonly string[] = []): Error {
  return Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'set', args } })
}
