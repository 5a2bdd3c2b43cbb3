/** Sockets to a real broker that can be cut and silenced, handed to kafkajs as its `socketFactory`. */
import { connect, type Socket } from 'node:net'
import type { ISocketFactoryArgs } from 'kafkajs'

/** Nothing listens there. */
const closedPort = 1

export class SeverableSockets {
  readonly #open = new Set<Socket>()
  #isCut = false
  #isSilent = false
  #refused: Uint8Array | null = null

  readonly factory = ({ host, port, onConnect }: ISocketFactoryArgs): Socket => {
    const socket = this.#isCut ? connect({ host: '127.0.0.1', port: closedPort }) : connect({ host, port }, onConnect)
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    if (this.#isSilent) socket.pause()
    this.#watch(socket)
    return socket
  }

  /** From here on a connection is lost before anything with these bytes in it is sent. */
  refuse(bytes: Uint8Array): void {
    this.#refused = bytes
  }

  #watch(socket: Socket): void {
    const write = socket.write.bind(socket)
    socket.write = (chunk: Uint8Array | string, ...rest: never[]) => {
      const isRefused = this.#refused !== null && typeof chunk !== 'string' && Buffer.from(chunk).includes(Buffer.from(this.#refused))
      if (!isRefused) return write(chunk, ...rest)
      socket.destroy(reset())
      return false
    }
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#open) socket.destroy(reset())
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

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}
