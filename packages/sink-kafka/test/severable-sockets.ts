/** Sockets to a real broker that can be cut and silenced, handed to kafkajs as its `socketFactory`. */
import { connect, type Socket } from 'node:net'
import type { ISocketFactoryArgs } from 'kafkajs'

/** Nothing listens there. */
const closedPort = 1

export class SeverableSockets {
  readonly #open = new Set<Socket>()
  #isCut = false
  #isSilent = false

  readonly factory = ({ host, port, onConnect }: ISocketFactoryArgs): Socket => {
    const socket = this.#isCut ? connect({ host: '127.0.0.1', port: closedPort }) : connect({ host, port }, onConnect)
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    if (this.#isSilent) socket.pause()
    return socket
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#open) socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
  }

  restore(): void {
    this.#isCut = false
  }

  silence(): void {
    this.#isSilent = true
    for (const socket of this.#open) socket.pause()
  }

  answer(): void {
    this.#isSilent = false
    for (const socket of this.#open) socket.resume()
  }

  /** Sockets that are still open after those that are being closed had time to. */
  async countOpen(): Promise<number> {
    const deadline = Date.now() + 2000
    while (this.#open.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
    return this.#open.size
  }
}
