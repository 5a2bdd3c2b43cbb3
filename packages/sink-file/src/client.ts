/** The port to the file system: the few calls the sink makes, all asynchronous (spec FSS-9). */
import { constants } from 'node:fs'
import { access, open, realpath, rename, stat, type FileHandle } from 'node:fs/promises'

/** What names a file as long as it exists: the same identity means the same file, whatever its path. */
export interface FileIdentity {
  readonly device: bigint
  readonly inode: bigint
}

/** What is at the end of a path. */
export interface Entry {
  readonly kind: 'file' | 'directory' | 'other'
  readonly identity: FileIdentity
  readonly bytes: number
}

export interface FileClient {
  /** Canonical path, every symbolic link resolved. Rejects with `ENOENT` or `ENOTDIR` when something is missing. */
  realPath(path: string): Promise<string>
  /** Null when nothing is there. Follows symbolic links. */
  look(path: string): Promise<Entry | null>
  /** Rejects when the directory cannot be written to. */
  assertWritable(directory: string): Promise<void>
  /** Opens for appending, creates when absent; refuses a symbolic link and does not wait for the reader of a pipe. */
  openAppend(path: string): Promise<AppendFile>
  /** Replaces what is at `to`. Rejects with `ENOENT` when nothing is at `from`. */
  rename(from: string, to: string): Promise<void>
  /** Makes the names in a directory durable. */
  syncDirectory(directory: string): Promise<void>
}

/** A file open for appending. */
export interface AppendFile {
  readonly identity: FileIdentity
  readonly isRegular: boolean
  size(): Promise<number>
  /** False when the file ends in the middle of a line; true when it is empty, or cannot be read. */
  endsWithLine(): Promise<boolean>
  /** One write at the end of the file. Resolves with the number of bytes that were written, which may be fewer. */
  append(bytes: Uint8Array): Promise<number>
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR, O_WRONLY } = constants
const appendFlags = O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK

/** The port on `node:fs/promises`. */
export function createFileClient(): FileClient {
  return {
    realPath: (path) => realpath(path),
    look: async (path) => {
      const stats = await whenPresent(stat(path, { bigint: true }))
      if (stats === null) return null
      const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other'
      return { kind, identity: { device: stats.dev, inode: stats.ino }, bytes: Number(stats.size) }
    },
    assertWritable: (directory) => access(directory, constants.W_OK | constants.X_OK),
    openAppend: async (path) => {
      const { handle, readable } = await openReadable(path)
      return wrapHandle(handle, readable)
    },
    rename: (from, to) => rename(from, to),
    syncDirectory: async (directory) => {
      const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}

/** A file that may be written but not read is used all the same; only its end cannot be looked at. */
async function openReadable(path: string): Promise<{ handle: FileHandle; readable: boolean }> {
  try {
    return { handle: await open(path, O_RDWR | appendFlags, 0o666), readable: true }
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error
    return { handle: await open(path, O_WRONLY | appendFlags, 0o666), readable: false }
  }
}

async function wrapHandle(handle: FileHandle, readable: boolean): Promise<AppendFile> {
  const stats = await handle.stat({ bigint: true })
  return {
    identity: { device: stats.dev, inode: stats.ino },
    isRegular: stats.isFile(),
    size: async () => (await handle.stat()).size,
    endsWithLine: () => endsWithLine(handle, readable),
    append: async (bytes) => (await handle.write(bytes, 0, bytes.byteLength, null)).bytesWritten,
    truncate: (size) => handle.truncate(size),
    sync: () => handle.sync(),
    close: () => handle.close(),
  }
}

async function endsWithLine(handle: FileHandle, readable: boolean): Promise<boolean> {
  const { size } = await handle.stat()
  if (size === 0 || !readable) return true
  const last = Buffer.alloc(1)
  await handle.read(last, 0, 1, size - 1)
  return last[0] === 0x0a
}

async function whenPresent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** True for the errors that say that a path leads nowhere. */
export function isAbsent(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
}
