/** A spool directory in memory that can fail at any step and lose what was not synced, as a disk without power does. */
import type { SpoolDisk, SpoolHandle } from '../../src/dlq/spool/spool-disk.ts'

interface StoredFile {
  bytes: Buffer
  /** Bytes that survive a power loss. */
  durable: number
  changedMs: number
}

/** What a power loss leaves of the bytes that were not synced: a part of them, or zeros in their place. */
export interface PowerLoss {
  /** 0 = none of them, 1 = all. */
  readonly kept: number
  readonly zeros: boolean
  /** Files removed without a sync are there again. */
  readonly undoesRemovals: boolean
}

export class MemorySpoolDisk {
  #files = new Map<string, StoredFile>()
  #removed = new Map<string, StoredFile>()
  /** What a process of an earlier life does has no effect. */
  #life = 0
  /** Fails the nth change from now, counted down; how much of a failing append is written. */
  #failure: { after: number; written: number } | null = null
  #lastWritten = 0
  nowMs = 1000

  /** The disk is full at the `after`th change from now on, once; a fraction of that append gets through. */
  failAfter(after: number, written = 0): void {
    this.#failure = { after, written }
  }

  names(): readonly string[] {
    return [...this.#files.keys()]
  }

  content(name: string): string {
    return this.#files.get(name)?.bytes.toString() ?? ''
  }

  write(name: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content)
    this.#files.set(name, { bytes, durable: bytes.length, changedMs: this.nowMs })
  }

  /** The process is gone, the machine is not: everything written is there. */
  kill(): void {
    this.#life += 1
    this.#failure = null
  }

  losePower({ kept, zeros, undoesRemovals }: PowerLoss): void {
    this.kill()
    if (undoesRemovals) for (const [name, file] of this.#removed) if (!this.#files.has(name)) this.#files.set(name, file)
    this.#removed = new Map()
    for (const file of this.#files.values()) {
      const length = file.durable + Math.round((file.bytes.length - file.durable) * kept)
      const tail = zeros ? Buffer.alloc(length - file.durable) : file.bytes.subarray(file.durable, length)
      file.bytes = Buffer.concat([file.bytes.subarray(0, file.durable), tail])
      file.durable = length
    }
  }

  /** The directory as a process sees it that starts now. */
  mount(): SpoolDisk {
    const life = this.#life
    const find = async (name: string): Promise<StoredFile | undefined> => {
      await this.#step(life)
      return this.#files.get(name)
    }
    return {
      directory: '/memory',
      list: async () => {
        await this.#step(life)
        return this.names()
      },
      create: async (name) => {
        await this.#change(life)
        if (this.#files.has(name)) throw new Error('EEXIST')
        this.write(name, '')
        return this.#handle(existing(this.#files.get(name)), life)
      },
      open: async (name) => this.#handle(existing(await find(name)), life),
      rename: async (from, to) => {
        await this.#change(life)
        const file = this.#files.get(from)
        if (file === undefined) return false
        this.#files.delete(from)
        this.#files.set(to, file)
        return true
      },
      remove: async (name) => {
        await this.#change(life)
        const file = this.#files.get(name)
        if (file === undefined) return false
        this.#files.delete(name)
        this.#removed.set(name, file)
        return true
      },
      read: async (name) => (await find(name))?.bytes ?? null,
      replace: async (name, content) => {
        await this.#change(life)
        this.write(name, content)
      },
      append: async (name, content) => {
        await this.#change(life)
        this.write(name, Buffer.concat([this.#files.get(name)?.bytes ?? Buffer.alloc(0), content]))
      },
      touch: async (name) => {
        existing(await find(name)).changedMs = this.nowMs
      },
      lastChangeMs: async (name) => (await find(name))?.changedMs ?? null,
    }
  }

  #handle(file: StoredFile, life: number): SpoolHandle {
    return {
      append: async (bytes) => {
        const failure = await this.#change(life).catch((error: unknown) => error)
        const written = failure === undefined ? bytes.length : Math.round(bytes.length * this.#lastWritten)
        file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, written)])
        if (failure !== undefined) throw failure
      },
      sync: async () => {
        const { length } = file.bytes
        await this.#change(life)
        file.durable = Math.max(file.durable, length)
      },
      readAt: async (position, length) => {
        await this.#step(life)
        return Buffer.from(file.bytes.subarray(position, position + length))
      },
      size: async () => {
        await this.#step(life)
        return file.bytes.length
      },
      isNamed: async (name) => {
        await this.#step(life)
        return this.#files.get(name) === file
      },
      close: async () => undefined,
    }
  }

  /** A step that changes the disk, and may fail. */
  async #change(life: number): Promise<void> {
    await this.#step(life)
    if (this.#failure === null) return
    this.#failure.after -= 1
    if (this.#failure.after > 0) return
    this.#lastWritten = this.#failure.written
    this.#failure = null
    throw new Error('ENOSPC: no space left on device')
  }

  /** Takes a turn, so that others can get in between. A process that is gone does nothing more. */
  async #step(life: number): Promise<void> {
    await Promise.resolve()
    if (life !== this.#life) await new Promise(() => undefined)
  }
}

function existing(file: StoredFile | undefined): StoredFile {
  if (file === undefined) throw new Error('ENOENT')
  return file
}
