/**
 * Standard output or error with backpressure. Whoever reads it may go away at any time (`drakkar tail … | head`): that
 * ends the command quietly.
 */
import type { Writable } from 'node:stream'

/** The reader of the stream is gone; nothing is left to do. */
export class OutputClosedError extends Error {
  constructor(cause: unknown) {
    super('The reader of the output is gone', { cause })
    this.name = 'OutputClosedError'
  }
}

export class OutputStream {
  /** On a terminal, lines may be rewritten and coloured. */
  readonly isTerminal: boolean
  readonly hasColors: boolean
  readonly #stream: Writable
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(stream: Writable, environment: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream
    this.isTerminal = 'isTTY' in stream && stream.isTTY === true
    this.hasColors = this.isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
    stream.on('error', (error: Error) => {
      this.#failure ??= error
      this.#wake?.()
    })
    stream.on('drain', () => this.#wake?.())
  }

  /** Width of the terminal, as it is at this moment; 80 when it is none. */
  get columns(): number {
    // A terminal that does not know its size says 0.
    return 'columns' in this.#stream && typeof this.#stream.columns === 'number' && this.#stream.columns > 0 ? this.#stream.columns : 80
  }

  /** Resolves when more may be written. Rejects with `OutputClosedError` once the reader is gone. */
  async write(text: string | Uint8Array): Promise<void> {
    this.#throwFailure()
    if (this.#stream.write(text)) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
    this.#throwFailure()
  }

  async writeLine(text: string): Promise<void> {
    await this.write(`${text}\n`)
  }

  /** Resolves when everything written has left the process, or cannot leave it any more. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined || this.#stream.writableLength === 0) return
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve())
    })
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return
    const code = 'code' in this.#failure ? this.#failure.code : undefined
    if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') throw new OutputClosedError(this.#failure)
    throw this.#failure
  }
}
