/**
 * The files that are open, at most a fixed number of them, and what is known about each: which file it really is, whether it
 * holds lines that are not forced to the disk, whether it ends in the middle of a line. Not safe for concurrent calls; the
 * sink makes one at a time.
 */
import { dirname } from 'node:path'
import { errorMessage, SinkError } from '@drakkar/plugin-sdk'
import type { AppendFile, Entry, FileClient, FileIdentity } from './client.ts'
import type { FsyncPolicy } from './config.ts'
import { refusal, type Target } from './resolve-target.ts'
import { needsRotation, rotate, type Rotation } from './rotate.ts'

export interface OpenFilesOptions {
  readonly client: FileClient
  readonly fsync: FsyncPolicy
  /** Null: files grow without limit. */
  readonly rotation: Rotation | null
  /** Files kept open; the one used longest ago is closed first. */
  readonly limit: number
}

interface OpenFile {
  readonly path: string
  readonly file: AppendFile
  /** Holds lines no `sync` has covered. */
  isDirty: boolean
  /** The next line must not be glued to what the file ends with. */
  isTorn: boolean
}

interface Acquired {
  readonly open: OpenFile
  readonly sizeBytes: number
}

export class OpenFiles {
  readonly #client: FileClient
  readonly #fsync: FsyncPolicy
  readonly #rotation: Rotation | null
  readonly #limit: number
  readonly #files = new Map<string, OpenFile>()
  /** Failed syncs of files that are closed already: the next barrier must not claim that their lines are durable. */
  #syncErrors: unknown[] = []

  constructor(options: OpenFilesOptions) {
    this.#client = options.client
    this.#fsync = options.fsync
    this.#rotation = options.rotation
    this.#limit = options.limit
  }

  /**
   * Appends whole lines with one write; on failure the file holds none of them, as far as that can be achieved. The target has
   * just been looked at: whether its file is the one that is open, and how large it is, is not asked again.
   */
  async append(target: Target, bytes: Buffer): Promise<void> {
    const { open, sizeBytes } = await this.#acquireWithRoom(target, bytes.byteLength)
    try {
      await writeWhole(open, sizeBytes, bytes)
      if (this.#fsync === 'always') await open.file.sync()
      else open.isDirty = this.#fsync === 'batch'
    } catch (error) {
      await this.#release(open)
      throw error
    }
  }

  /** Forces everything appended so far to the disk. Rejects when that is not known to have worked. */
  async sync(): Promise<void> {
    for (const open of [...this.#files.values()]) {
      if (open.isDirty && !(await this.#syncOne(open))) await this.#release(open)
    }
    const errors = this.#syncErrors
    this.#syncErrors = []
    if (errors.length === 0) return
    const cause = new AggregateError(errors, 'fsync failed')
    throw new SinkError({ kind: 'transient', message: `Lines may not be on the disk: ${errorMessage(errors[0])}`, cause })
  }

  /** Closes every file, after a last `sync` where the policy asks for it. */
  async close(): Promise<void> {
    for (const open of [...this.#files.values()]) await this.#release(open)
    await this.sync()
  }

  async #acquireWithRoom(target: Target, appendBytes: number): Promise<Acquired> {
    const acquired = await this.#acquire(target)
    if (this.#rotation === null || !needsRotation(this.#rotation, acquired.sizeBytes, appendBytes)) return acquired
    await this.#release(acquired.open)
    await rotate(this.#client, target.path, this.#rotation)
    return this.#openNew(target.path)
  }

  async #acquire({ path, entry }: Target): Promise<Acquired> {
    const known = this.#files.get(path)
    if (known === undefined) return this.#openNew(path)
    this.#files.delete(path)
    this.#files.set(path, known)
    if (entry !== null && isSame(known.file.identity, entry)) return { open: known, sizeBytes: entry.bytes }
    await this.#release(known)
    return this.#openNew(path)
  }

  async #openNew(path: string): Promise<Acquired> {
    const open = await this.#open(path)
    this.#files.set(path, open)
    await this.#closeOldest()
    return { open, sizeBytes: await open.file.size() }
  }

  async #open(path: string): Promise<OpenFile> {
    const file = await this.#client.openAppend(path)
    try {
      await this.#assertExpected(path, file)
      if (this.#fsync !== 'never') await this.#client.syncDirectory(dirname(path))
      return { path, file, isDirty: false, isTorn: !(await file.endsWithLine()) }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** A directory above may have become a symbolic link since the path was checked; then another file was opened. */
  async #assertExpected(path: string, file: AppendFile): Promise<void> {
    if (!file.isRegular) throw refusal('Path does not name a regular file', path)
    const isExpected = (await this.#client.realPath(path)) === path && isSame(file.identity, await this.#client.look(path))
    if (!isExpected) throw refusal('Path traversal detected', path)
  }

  async #closeOldest(): Promise<void> {
    const oldest = this.#files.values().next().value
    if (this.#files.size > this.#limit && oldest !== undefined) await this.#release(oldest)
  }

  async #release(open: OpenFile): Promise<void> {
    this.#files.delete(open.path)
    if (open.isDirty) await this.#syncOne(open)
    await open.file.close()
  }

  async #syncOne(open: OpenFile): Promise<boolean> {
    open.isDirty = false
    try {
      await open.file.sync()
      return true
    } catch (error) {
      this.#syncErrors.push(error)
      return false
    }
  }
}

function isSame({ device, inode }: FileIdentity, entry: Entry | null): boolean {
  return entry !== null && device === entry.identity.device && inode === entry.identity.inode
}

const newline = Buffer.from('\n')

/** `sizeBefore`: of the file, as it was looked at last. */
async function writeWhole(open: OpenFile, sizeBefore: number, bytes: Buffer): Promise<void> {
  const { file } = open
  const whole = open.isTorn ? Buffer.concat([newline, bytes]) : bytes
  const written = await file.append(whole)
  if (written !== whole.byteLength) {
    const remains = await takeBack(file, sizeBefore, written)
    throw new SinkError({ kind: 'transient', message: `Only ${written} of ${whole.byteLength} bytes could be written; ${remains}` })
  }
  open.isTorn = false
}

/** Cuts a part of a line off again, unless another process has appended meanwhile, perhaps behind it. */
async function takeBack(file: AppendFile, sizeBefore: number, written: number): Promise<string> {
  if ((await file.size()) !== sizeBefore + written) return 'another process writes there too, so they remain in the file'
  try {
    await file.truncate(sizeBefore)
    return 'they were taken back'
  } catch (error) {
    return `they could not be taken back: ${errorMessage(error)}`
  }
}
