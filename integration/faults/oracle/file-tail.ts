/** The whole lines that have been appended to a file since the last look. */
import { open } from 'node:fs/promises'

const lineBreak = 10

export class FileTail {
  readonly #path: string
  /** Of the first byte after the last whole line. */
  #position = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Empty as long as there is no file. */
  async read(): Promise<readonly string[]> {
    const file = await open(this.#path, 'r').catch(() => null)
    if (file === null) return []
    try {
      const { size } = await file.stat()
      const buffer = Buffer.alloc(Math.max(0, size - this.#position))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#position)
      const end = buffer.subarray(0, bytesRead).lastIndexOf(lineBreak) + 1
      if (end === 0) return []
      this.#position += end
      return buffer.toString('utf8', 0, end - 1).split('\n')
    } finally {
      await file.close()
    }
  }
}
