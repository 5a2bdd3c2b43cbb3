/** A receiver of Node in the same process, on loopback: what it does with a request is up to the test. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { certificate, privateKey } from './test-certificate.ts'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers a request, or does not. Default: 200. */
export type Answer = (received: Received, response: ServerResponse) => void

export class Receiver {
  /** Whole requests, in the order of their arrival. */
  readonly received: Received[] = []
  readonly url: string
  connections = 0
  answer: Answer = (_received, response) => void response.end()
  readonly #server: ReturnType<typeof createServer>
  readonly #sockets = new Set<Socket>()

  private constructor(server: ReturnType<typeof createServer>, url: string) {
    this.#server = server
    this.url = url
  }

  static async start({ isTls = false } = {}): Promise<Receiver> {
    const handler: { current: RequestListener } = { current: () => {} }
    const listener: RequestListener = (request, response) => handler.current(request, response)
    const server = isTls ? createTlsServer({ cert: certificate, key: privateKey }, listener) : createServer(listener)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const receiver = new Receiver(server, `${isTls ? 'https' : 'http'}://127.0.0.1:${port}`)
    handler.current = (request, response) => void receiver.#receive(request, response)
    server.on('connection', (socket) => receiver.#track(socket))
    return receiver
  }

  get openConnections(): number {
    return this.#sockets.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #track(socket: Socket): void {
    this.connections += 1
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url = '', headers } = request
    const received = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') }
    this.received.push(received)
    this.answer(received, response)
  }
}
