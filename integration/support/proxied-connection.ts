/** One connection through a fault proxy. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultSettings } from './fault-settings.ts'

export interface Upstream {
  readonly host: string
  readonly port: number
}

export interface ConnectionOptions {
  readonly faults: FaultSettings
  readonly rewriteAnswer: (data: Buffer) => Buffer
}

export class ProxiedConnection {
  readonly #client: Socket
  readonly #faults: FaultSettings
  readonly #rewriteAnswer: (data: Buffer) => Buffer
  /** Something it carried was lost: a stream with a hole never goes on. */
  #isDead = false
  /** The next answer is lost. */
  #losesAnswer = false

  constructor(client: Socket, upstream: Upstream, options: ConnectionOptions) {
    this.#client = client
    this.#faults = options.faults
    this.#rewriteAnswer = options.rewriteAnswer
    const server = connect(upstream)
    client.on('error', () => server.destroy())
    server.on('error', () => {
      if (!this.#isDead) client.resetAndDestroy()
    })
    client.on('close', () => server.destroy())
    server.on('close', () => {
      if (!this.#faults.isHalfOpen && !this.#isDead) client.end()
    })
    void this.#pass(client, server, (data) => this.#changeRequest(data))
    void this.#pass(server, client, (data) => this.#changeAnswer(data))
  }

  reset(): void {
    this.#client.resetAndDestroy()
  }

  destroy(): void {
    this.#client.destroy()
  }

  async #pass(from: Socket, to: Socket, change: (data: Buffer) => Buffer | null): Promise<void> {
    const faults = this.#faults
    try {
      for await (const chunk of from) {
        await this.#delay(from, to)
        if (faults.isSwallowing) this.#isDead = true
        if (this.#isDead) {
          faults.hits += 1
          continue
        }
        const data = change(chunk as Buffer)
        if (data === null) return
        if (!to.write(data)) await Promise.race([once(to, 'drain'), once(to, 'close')])
      }
      if (!this.#isDead) to.end()
    } catch {
      to.destroy()
    }
  }

  async #delay(from: Socket, to: Socket): Promise<void> {
    const faults = this.#faults
    if (faults.latencyMs > 0) {
      faults.hits += 1
      await sleep(faults.latencyMs)
    }
    if (faults.isHalfOpen) faults.hits += 1
    while (faults.isHalfOpen && !from.destroyed && !to.destroyed) await sleep(10)
  }

  #changeRequest(data: Buffer): Buffer {
    if (this.#faults.takesAnswerOf(data)) this.#losesAnswer = true
    return data
  }

  /** What of an answer still goes to the client; null once the connection has been cut. */
  #changeAnswer(data: Buffer): Buffer | null {
    if (this.#losesAnswer) {
      this.#faults.hits += 1
      this.#client.resetAndDestroy()
      return null
    }
    const rest = this.#faults.cut(data.byteLength)
    if (rest === null) return this.#rewriteAnswer(data)
    this.#faults.hits += 1
    this.#client.write(data.subarray(0, rest), () => this.#client.resetAndDestroy())
    return null
  }
}
