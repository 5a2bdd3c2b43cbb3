/** A drain that appends to one file (spec DRN-22). */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { classifyError } from './classify.ts'
import { errorMessage, SinkError } from './errors.ts'
import type { SinkDrain } from './sink-drain.ts'

/**
 * Opens, or creates, the file at `path`; its directory must exist, and nobody else may write to it while the drain is open. Each
 * message is written as it is: a text line brings its own newline. A batch is in the file as a whole or not at all: what a failed
 * write left is cut off, at the latest before the next one. `flushDurable` is an fsync. A full disk is a transient failure. Rejects
 * with the error of the file system.
 */
export async function openFileDrain(path: string): Promise<SinkDrain<string | Uint8Array>> {
  const handle = await open(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o666)
  try {
    await syncDirectory(dirname(path))
    const { size } = await handle.stat()
    return new FileDrain(handle, size)
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The few calls the drain makes; a `FileHandle` has them. */
export interface DrainFile {
  /** Writes all of it at the end, or rejects having written a part. */
  appendFile(bytes: Uint8Array): Promise<void>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

export class FileDrain implements SinkDrain<string | Uint8Array> {
  readonly #file: DrainFile
  /** Bytes of the batches that were written as a whole. */
  #size: number
  #mayHaveRest = false

  constructor(file: DrainFile, size: number) {
    this.#file = file
    this.#size = size
  }

  async writeBatch(batch: readonly (string | Uint8Array)[]): Promise<void> {
    const bytes = Buffer.concat(batch.map((message) => (typeof message === 'string' ? Buffer.from(message) : message)))
    try {
      await this.#cutOff()
      this.#mayHaveRest = true
      await this.#file.appendFile(bytes)
    } catch (error) {
      // When this fails as well, the next write begins with it.
      await this.#cutOff().catch(() => undefined)
      throw classifyDiskError(error)
    }
    this.#mayHaveRest = false
    this.#size += bytes.byteLength
  }

  async flushDurable(): Promise<void> {
    await this.#file.sync()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #cutOff(): Promise<void> {
    if (!this.#mayHaveRest) return
    await this.#file.truncate(this.#size)
    this.#mayHaveRest = false
  }
}

const passingCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'ESTALE'])

function classifyDiskError(error: unknown): SinkError {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return passingCodes.has(code) ? new SinkError({ kind: 'transient', message: errorMessage(error), cause: error }) : classifyError(error)
}

/** The name of a new file is durable when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
