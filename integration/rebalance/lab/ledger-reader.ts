/** Reads ledgers while workers still write them: only what is new, and whole lines only. */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import type { LedgerLine } from '../judge/ledger-line.ts'

const chunkBytes = 256 * 1024

export class LedgerReader {
  readonly #worker: string
  readonly #path: string
  #position = 0
  #rest = ''

  constructor(worker: string, path: string) {
    this.#worker = worker
    this.#path = path
  }

  /** Lines written since the last call. */
  readNew(): readonly LedgerLine[] {
    if (!existsSync(this.#path)) return []
    const file = openSync(this.#path, 'r')
    try {
      const buffer = Buffer.alloc(chunkBytes)
      for (let read = -1; read !== 0;) {
        read = readSync(file, buffer, 0, chunkBytes, this.#position)
        this.#position += read
        this.#rest += buffer.toString('utf8', 0, read)
      }
    } finally {
      closeSync(file)
    }
    const lines = this.#rest.split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.map((line) => {
      const [atMs, kind, ...data] = JSON.parse(line) as [number, string, ...unknown[]]
      return { atMs, worker: this.#worker, kind, data } as unknown as LedgerLine
    })
  }
}
