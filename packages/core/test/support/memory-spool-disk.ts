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
    const look = <T>(at: () => T): Promise<T> => this.#step(life, at)
    const change = <T>(apply: () => T): Promise<T> => this.#step(life, () => this.#changed(apply))
    return {
      directory: '/memory',
      list: () => look(() => this.names()),
      create: (name) =>
        change(() => {
          if (this.#files.has(name)) throw new Error('EEXIST')
          this.write(name, '')
          return this.#handle(this.#existing(name), life)
        }),
      open: (name) => look(() => this.#handle(this.#existing(name), life)),
      rename: (from, to) => change(() => this.#rename(from, to)),
      remove: (name) => change(() => this.#remove(name)),
      read: (name) => look(() => this.#files.get(name)?.bytes ?? null),
      replace: (name, content) => change(() => this.write(name, content)),
      append: (name, content) => change(() => this.write(name, Buffer.concat([this.#files.get(name)?.bytes ?? Buffer.alloc(0), content]))),
      touch: (name) =>
        look(() => {
          this.#existing(name).changedMs = this.nowMs
        }),
      lastChangeMs: (name) => look(() => this.#files.get(name)?.changedMs ?? null),
    }
  }

  #rename(from: string, to: string): boolean {
    const file = this.#files.get(from)
    if (file === undefined) return false
    this.#files.delete(from)
    this.#files.set(to, file)
    return true
  }

  #remove(name: string): boolean {
    const file = this.#files.get(name)
    if (file === undefined) return false
    this.#files.delete(name)
    this.#removed.set(name, file)
    return true
  }

  #existing(name: string): StoredFile {
    const file = this.#files.get(name)
    if (file === undefined) throw new Error('ENOENT')
    return file
  }

  #handle(file: StoredFile, life: number): SpoolHandle {
    const add = (bytes: Uint8Array): void => {
      file.bytes = Buffer.concat([file.bytes, bytes])
    }
    return {
      append: (bytes) =>
        this.#step(life, () =>
          this.#changed(
            () => add(bytes),
            (written) => add(bytes.subarray(0, Math.round(bytes.length * written))),
          ),
        ),
      sync: () =>
        this.#step(life, () =>
          this.#changed(() => {
            file.durable = file.bytes.length
          }),
        ),
      readAt: (position, length) => this.#step(life, () => Buffer.from(file.bytes.subarray(position, position + length))),
      size: () => this.#step(life, () => file.bytes.length),
      isNamed: (name) => this.#step(life, () => this.#files.get(name) === file),
      close: async () => undefined,
    }
  }

  /** A change of the disk, which may fail; `half`: what is done then. */
  #changed<T>(apply: () => T, half: (written: number) => void = () => undefined): T {
    if (this.#failure === null) return apply()
    this.#failure.after -= 1
    if (this.#failure.after > 0) return apply()
    const { written } = this.#failure
    this.#failure = null
    half(written)
    throw new Error('ENOSPC: no space left on device')
  }

  /** Takes a turn, so that others can get in between. What a process does that is gone has no effect and no end. */
  async #step<T>(life: number, act: () => T): Promise<T> {
    await Promise.resolve()
    return life === this.#life ? act() : new Promise<T>(() => undefined)
  }
}
