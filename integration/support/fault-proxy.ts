/**
 * A TCP proxy on loopback that fails on demand, between a sink and its real server. Everything is told to one object and holds
 * for connections that exist as well as for later ones.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Upstream {
  readonly host: string
  readonly port: number
}

export class FaultProxy {
  readonly port: number
  /** Delay of every piece of data, both ways. */
  latencyMs = 0
  /** Connections stay open and nothing passes: the other side is there no longer, and nobody says so. */
  isHalfOpen = false
  /** The answer is cut off with a reset after so many bytes of it, counted over all connections from the time this is set. */
  #bytesUntilCut = Number.POSITIVE_INFINITY
  #isRefusing = false
  readonly #upstream: Upstream
  readonly #server: Server
  readonly #clients = new Set<Socket>()

  private constructor(server: Server, upstream: Upstream) {
    this.#server = server
    this.#upstream = upstream
    this.port = (server.address() as AddressInfo).port
    server.on('connection', (client) => this.#accept(client))
  }

  static async start(upstream: Upstream): Promise<FaultProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FaultProxy(server, upstream)
  }

  /** Connections that are still open after those that are being closed had two seconds to. */
  async untilClosed(): Promise<number> {
    const deadline = Date.now() + 2000
    while (this.#clients.size > 0 && Date.now() < deadline) await sleep(10)
    return this.#clients.size
  }

  /** Resets every connection. */
  reset(): void {
    for (const client of this.#clients) client.resetAndDestroy()
  }

  /** Resets every connection, and each new one at once. */
  refuse(): void {
    this.#isRefusing = true
    this.reset()
  }

  accept(): void {
    this.#isRefusing = false
  }

  cutAnswersAfter(bytes: number): void {
    this.#bytesUntilCut = bytes
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.resetAndDestroy()
      return
    }
    const server = connect(this.#upstream)
    this.#clients.add(client)
    client.on('error', () => server.destroy())
    server.on('error', () => client.resetAndDestroy())
    client.on('close', () => {
      this.#clients.delete(client)
      server.destroy()
    })
    server.on('close', () => {
      if (!this.isHalfOpen) client.end()
    })
    void this.#pass(client, server, (data) => data)
    void this.#pass(server, client, (data) => this.#cut(data, client))
  }

  async #pass(from: Socket, to: Socket, change: (data: Buffer) => Buffer | null): Promise<void> {
    try {
      for await (const chunk of from) {
        if (this.latencyMs > 0) await sleep(this.latencyMs)
        while (this.isHalfOpen && !from.destroyed && !to.destroyed) await sleep(10)
        const data = change(chunk as Buffer)
        if (data === null) return
        if (!to.write(data)) await Promise.race([once(to, 'drain'), once(to, 'close')])
      }
      to.end()
    } catch {
      to.destroy()
    }
  }

  /** What of an answer still goes to the client; null once the connection has been cut. */
  #cut(data: Buffer, client: Socket): Buffer | null {
    if (data.byteLength <= this.#bytesUntilCut) {
      this.#bytesUntilCut -= data.byteLength
      return data
    }
    const last = data.subarray(0, this.#bytesUntilCut)
    this.#bytesUntilCut = Number.POSITIVE_INFINITY
    client.write(last, () => client.resetAndDestroy())
    return null
  }
}
