/**
 * A TCP proxy on loopback that fails on demand, between a client and its real server. Everything is told to one object and holds
 * for connections that exist as well as for later ones. `hits` counts what a fault has done, so that a test can tell a
 * fault that never bit.
 */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ProxiedConnection, type Upstream } from './proxied-connection.ts'
import { FaultSettings } from './fault-settings.ts'

export type { Upstream } from './proxied-connection.ts'

export interface FaultProxyOptions {
  /** Changes what the server answers, e.g. the addresses it names. Same length, or less. */
  readonly rewriteAnswer?: (data: Buffer, proxyPort: number) => Buffer
}

export class FaultProxy {
  readonly port: number
  readonly #faults = new FaultSettings()
  readonly #upstream: Upstream
  readonly #server: Server
  readonly #rewriteAnswer: (data: Buffer) => Buffer
  readonly #connections = new Set<ProxiedConnection>()

  private constructor(server: Server, upstream: Upstream, options: FaultProxyOptions) {
    this.#server = server
    this.#upstream = upstream
    const port = (server.address() as AddressInfo).port
    this.port = port
    this.#rewriteAnswer = (data) => options.rewriteAnswer?.(data, port) ?? data
    server.on('connection', (client) => this.#accept(client))
  }

  static async start(upstream: Upstream, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FaultProxy(server, upstream, options)
  }

  /** What the faults have done so far: data delayed, held or swallowed, connections reset or refused, answers cut off. */
  get hits(): number {
    return this.#faults.hits
  }

  /** Delay of every piece of data, both ways. */
  set latencyMs(value: number) {
    this.#faults.latencyMs = value
  }

  /** Connections stay open and nothing passes until this is false again. */
  get isHalfOpen(): boolean {
    return this.#faults.isHalfOpen
  }

  set isHalfOpen(value: boolean) {
    this.#faults.isHalfOpen = value
  }

  /**
   * Connections are accepted, stay open, and what they carry is lost: the other side is there no longer, and nobody says so. A
   * connection that lost something never works again; later ones do.
   */
  set isSwallowing(value: boolean) {
    this.#faults.isSwallowing = value
  }

  /** Connections that are still open after those that are being closed had two seconds to. */
  async untilClosed(): Promise<number> {
    const deadline = Date.now() + 2000
    while (this.#connections.size > 0 && Date.now() < deadline) await sleep(10)
    return this.#connections.size
  }

  /** Resets every connection. */
  reset(): void {
    for (const connection of this.#connections) {
      this.#faults.hits += 1
      connection.reset()
    }
  }

  /** Resets every connection, and each new one at once. */
  refuse(): void {
    this.#faults.isRefusing = true
    this.reset()
  }

  accept(): void {
    this.#faults.isRefusing = false
  }

  /** The answer is cut off with a reset after so many bytes of it, counted over all connections from now. */
  cutAnswersAfter(bytes: number): void {
    this.#faults.bytesUntilCut = bytes
  }

  /**
   * The next `times` requests in which `text` occurs reach the server, and when it answers the connection is reset instead: done,
   * and nobody was told.
   */
  loseAnswersTo(text: string, times = 1): void {
    this.#faults.lostAnswer = { text: Buffer.from(text), times }
  }

  /** Cuts and losses that have not come yet will not come. */
  forgive(): void {
    this.#faults.bytesUntilCut = Number.POSITIVE_INFINITY
    this.#faults.lostAnswer = null
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(client: Socket): void {
    if (this.#faults.isRefusing) {
      this.#faults.hits += 1
      client.resetAndDestroy()
      return
    }
    const connection = new ProxiedConnection(client, this.#upstream, { faults: this.#faults, rewriteAnswer: this.#rewriteAnswer })
    this.#connections.add(connection)
    client.on('close', () => this.#connections.delete(connection))
  }
}
