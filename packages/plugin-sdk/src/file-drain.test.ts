import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BackgroundSink } from './background-sink.ts'
import { type DrainFile, FileDrain, openFileDrain } from './file-drain.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drakkar-file-drain-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('appends messages as they are, in order', async () => {
  const path = join(folder, 'lines')
  await writeFile(path, 'old\n')
  const { sink } = BackgroundSink.spawn(await openFileDrain(path), { batchSize: 2 })
  for (const message of ['one\n', new Uint8Array([0xe2, 0x82, 0xac]), '\n', 'three\n']) await sink.push(message)
  await sink.flush()
  expect(await readFile(path, 'utf8')).toBe('old\none\n€\nthree\n')
  await sink.close()
})

describe('a write that fails half-way', () => {
  /** A disk with room for so many bytes. */
  class FullDisk implements DrainFile {
    text = ''
    room = 0
    canTruncate = true
    async appendFile(bytes: Uint8Array): Promise<void> {
      this.text += Buffer.from(bytes).toString().slice(0, this.room)
      if (bytes.byteLength > this.room) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
    }
    async truncate(size: number): Promise<void> {
      if (!this.canTruncate) throw new Error('EIO')
      this.text = this.text.slice(0, size)
    }
    async sync(): Promise<void> {}
    async close(): Promise<void> {}
  }

  it('is a transient failure and leaves nothing in the file', async () => {
    const disk = Object.assign(new FullDisk(), { text: 'old\n', room: 2 })
    await expect(new FileDrain(disk, 4).writeBatch(['one\n'])).rejects.toMatchObject({
      kind: 'transient',
      message: 'ENOSPC: no space left',
    })
    expect(disk.text).toBe('old\n')
  })

  it('is cut off before the next write when it could not be at once', async () => {
    const disk = Object.assign(new FullDisk(), { text: 'old\n', room: 2, canTruncate: false })
    const drain = new FileDrain(disk, 4)
    await expect(drain.writeBatch(['one\n'])).rejects.toThrow('ENOSPC')
    disk.room = 100
    await expect(drain.writeBatch(['two\n'])).rejects.toThrow('EIO')
    disk.canTruncate = true
    await drain.writeBatch(['three\n'])
    expect(disk.text).toBe('old\nthree\n')
  })
})

it('rejects when there is no such directory', async () => {
  await expect(openFileDrain(join(folder, 'none', 'lines'))).rejects.toMatchObject({ code: 'ENOENT' })
})
