/** `SpoolDisk` on `node:fs/promises`. */
import { type FileHandle, open, readdir, readFile, rename, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { SpoolDisk, SpoolHandle } from './spool-disk.ts'

/** Dead letters hold the data of messages: for the owner's eyes only. */
const fileMode = 0o600

export function createNodeDisk(directory: string): SpoolDisk {
  const at = (name: string): string => join(directory, name)
  return {
    directory,
    list: () => readdir(directory),
    async create(name) {
      const handle = await open(at(name), 'ax+', fileMode)
      try {
        await syncDirectory(directory)
      } catch (error) {
        await handle.close()
        throw error
      }
      return wrap(handle, at)
    },
    open: async (name) => wrap(await open(at(name), 'a+', fileMode), at),
    async rename(from, to) {
      const isDone = await unlessMissing(rename(at(from), at(to)))
      if (isDone) await syncDirectory(directory)
      return isDone
    },
    remove: (name) => unlessMissing(unlink(at(name))),
    read: (name) => orNull(readFile(at(name))),
    async replace(name, content) {
      const draft = `${name}.draft`
      await writeDurably(at(draft), { flags: 'w', content: Buffer.from(content) })
      await rename(at(draft), at(name))
      await syncDirectory(directory)
    },
    append: (name, content) => writeDurably(at(name), { flags: 'a', content }),
    async touch(name) {
      const now = new Date()
      await utimes(at(name), now, now)
    },
    lastChangeMs: async (name) => (await orNull(stat(at(name))))?.mtimeMs ?? null,
  }
}

function wrap(handle: FileHandle, at: (name: string) => string): SpoolHandle {
  return {
    append: (bytes) => handle.appendFile(bytes),
    sync: () => handle.datasync(),
    async readAt(position, length) {
      const buffer = Buffer.allocUnsafe(length)
      const { bytesRead } = await handle.read(buffer, 0, length, position)
      return buffer.subarray(0, bytesRead)
    },
    size: async () => (await handle.stat()).size,
    async isNamed(name) {
      const [own, named] = await Promise.all([handle.stat(), orNull(stat(at(name)))])
      return named !== null && named.ino === own.ino && named.dev === own.dev
    },
    close: () => handle.close(),
  }
}

async function writeDurably(path: string, { flags, content }: { readonly flags: string; readonly content: Uint8Array }): Promise<void> {
  const handle = await open(path, flags, fileMode)
  try {
    await handle.appendFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A new name is durable when its directory is. Windows has no such thing as an open directory. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function unlessMissing(work: Promise<void>): Promise<boolean> {
  return (await orNull(work.then(() => true))) ?? false
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
