/**
 * A `FileClient` on the real file system that records what is done and fails on demand: a disk that is full in the middle of
 * a line, a sync that fails, a disk that does not answer, a file that is exchanged between check and open.
 */
import { readFile } from 'node:fs/promises'
import { createFileClient, type AppendFile, type FileClient } from '../src/client.ts'

export class FakeFileClient implements FileClient {
  readonly #real = createFileClient()
  /** Every open, append and sync with its path, in order. */
  readonly calls: string[] = []
  /** Content of each file at its last sync. */
  readonly durable = new Map<string, string>()
  openFiles = 0
  mostOpenFiles = 0
  /** Bytes the disk still takes. */
  freeBytes = Number.POSITIVE_INFINITY
  syncError: Error | undefined
  truncateError: Error | undefined
  /** Taken by the next look-ups of a path, one each; null lets one pass. */
  readonly nextLookupErrors: (Error | null)[] = []
  /** Runs after the checks of a path and before its open. */
  beforeOpen: (path: string) => Promise<void> = async () => {}
  /** Runs right after a write, as another process may. */
  afterAppend: (path: string) => Promise<void> = async () => {}
  #gate: Promise<void> = Promise.resolve()
  #openGate: () => void = () => {}

  stall(): void {
    this.#gate = new Promise((resolve) => {
      this.#openGate = resolve
    })
  }

  unstall(): void {
    this.#openGate()
  }

  async realPath(path: string) {
    const error = this.nextLookupErrors.shift()
    if (error) throw error
    return this.#real.realPath(path)
  }

  look(path: string) {
    return this.#real.look(path)
  }

  assertWritable(directory: string) {
    return this.#real.assertWritable(directory)
  }

  rename(from: string, to: string) {
    this.calls.push(`rename ${from} ${to}`)
    return this.#real.rename(from, to)
  }

  async syncDirectory(directory: string) {
    this.calls.push(`sync directory ${directory}`)
    await this.#real.syncDirectory(directory)
  }

  async openAppend(path: string): Promise<AppendFile> {
    await this.beforeOpen(path)
    const file = await this.#real.openAppend(path)
    this.calls.push(`open ${path}`)
    this.openFiles += 1
    this.mostOpenFiles = Math.max(this.mostOpenFiles, this.openFiles)
    return {
      identity: file.identity,
      isRegular: file.isRegular,
      size: () => file.size(),
      endsWithLine: () => file.endsWithLine(),
      append: (bytes) => this.#append(path, file, bytes),
      truncate: (size) => (this.truncateError === undefined ? file.truncate(size) : Promise.reject(this.truncateError)),
      sync: () => this.#sync(path, file),
      close: async () => {
        this.openFiles -= 1
        await file.close()
      },
    }
  }

  async #append(path: string, file: AppendFile, bytes: Uint8Array): Promise<number> {
    await this.#gate
    this.calls.push(`append ${path}`)
    if (this.freeBytes === 0) throw systemError('ENOSPC', 'no space left on device, write')
    const part = bytes.subarray(0, Math.min(bytes.byteLength, this.freeBytes))
    this.freeBytes -= part.byteLength
    const written = await file.append(part)
    await this.afterAppend(path)
    return written
  }

  async #sync(path: string, file: AppendFile): Promise<void> {
    this.calls.push(`sync ${path}`)
    if (this.syncError !== undefined) throw this.syncError
    await file.sync()
    this.durable.set(path, await readFile(path, 'utf8'))
  }
}

export function systemError(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code })
}
