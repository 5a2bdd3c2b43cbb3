/** Sockets to a real server that can be cut and silenced, handed to the client as its `createSocket`. */
import { Socket, type SocketConnectOpts } from 'node:net'

/** Nothing listens there. */
const closedPort = 1

export class SeverableSockets {
  readonly #open = new Set<Socket>()
  #isCut = false
  #isSilent = false

  readonly create = (): Socket => {
    const socket = new DivertedSocket(() => this.#isCut)
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    socket.once('connect', () => {
      if (this.#isSilent) socket.pause()
    })
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

class DivertedSocket extends Socket {
  readonly #isDiverted: () => boolean

  constructor(isDiverted: () => boolean) {
    super()
    this.#isDiverted = isDiverted
  }

  /** Loosely typed as the overloads of the class are: pg calls it with a port and a host. */
  override connect(...args: [port: number, host?: string] | [path: string] | [options: SocketConnectOpts] | readonly unknown[]): this {
    const [port, host] = args
    if (typeof port !== 'number') throw new TypeError('Only connections to a port can be cut')
    return super.connect(this.#isDiverted() ? closedPort : port, typeof host === 'string' ? host : '127.0.0.1')
  }
}
