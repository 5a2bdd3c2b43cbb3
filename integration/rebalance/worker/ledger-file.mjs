/**
 * What one worker did, line by line: `[unix ms, kind, ...data]`. Each line is written before the worker goes on, so that a
 * SIGKILL loses none. The kinds are in `../lab/ledger-line.ts`.
 */
import { openSync, writeSync } from 'node:fs'

export class LedgerFile {
  #file

  constructor(path) {
    this.#file = openSync(path, 'a')
  }

  write(kind, ...data) {
    writeSync(this.#file, `${JSON.stringify([Date.now(), kind, ...data])}\n`)
  }
}
