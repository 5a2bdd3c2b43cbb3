import { mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCheckpoint, saveCheckpoint } from './checkpoint-file.ts'
import { checkpointText, readCheckpoint, type Checkpoint, type ReplayIdentity } from './checkpoint.ts'

const identity: ReplayIdentity = {
  topic: 'in_dlq',
  brokers: 'a:9092',
  mode: 'source',
  target: 'in',
  target_brokers: 'a:9092',
  selection: 'since=2h',
}
const checkpoint: Checkpoint = {
  identity,
  sinceMs: 5,
  untilMs: null,
  positions: new Map([
    [10, 3],
    [2, 0],
  ]),
}

describe('a checkpoint', () => {
  it('is read back by the same run', () => {
    expect(readCheckpoint(checkpointText(checkpoint), identity)).toEqual({ ok: true, checkpoint })
  })

  it.each<[Partial<ReplayIdentity>, string]>([
    [{ topic: 'x' }, 'it belongs to another run: its dead-letter topic is "in_dlq", this run\'s "x"'],
    [{ brokers: 'b:1' }, 'its brokers is "a:9092"'],
    [{ mode: 'payload' }, 'its mode is "source"'],
    [{ target: null }, "this run's none"],
    [{ target_brokers: 'b:1' }, 'its target brokers'],
    [{ selection: '' }, 'its selection is "since=2h", this run\'s none'],
  ])('of another run is refused: %j', (change, reason) => {
    expect(readCheckpoint(checkpointText(checkpoint), { ...identity, ...change })).toEqual({
      ok: false,
      reason: expect.stringContaining(reason),
    })
  })

  it.each(['', 'null', '{}', '{"version":2}', checkpointText(checkpoint).replace('"10": 3', '"10": -3')])('is not %j', (text) => {
    expect(readCheckpoint(text, identity)).toMatchObject({ ok: false })
  })
})

describe('the file', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'drakkar-checkpoint-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  it('is absent before the first run, and replaced as a whole', async () => {
    const path = join(directory, 'a.json')
    expect(await loadCheckpoint(path, identity)).toBeNull()
    await saveCheckpoint(path, { ...checkpoint, positions: new Map([[0, 1]]) })
    await saveCheckpoint(path, checkpoint)
    expect(await loadCheckpoint(path, identity)).toEqual({ ok: true, checkpoint })
    expect(await readdir(directory)).toEqual(['a.json'])
  })

  it('is on the disk before it gets its name, and the name after that', async () => {
    const calls: string[] = []
    const files = {
      open: async (path: string, flags: 'w' | 'r') => {
        const handle = await open(path, flags)
        const name = path === directory ? 'folder' : 'file'
        return {
          writeFile: async (...given: Parameters<typeof handle.writeFile>) => {
            calls.push('write')
            await handle.writeFile(...given)
          },
          sync: async () => void calls.push(`sync ${name}`),
          close: () => handle.close(),
        }
      },
      rename: async (from: string, to: string) => {
        calls.push('rename')
        await rename(from, to)
      },
    }
    await saveCheckpoint(join(directory, 'c.json'), checkpoint, files)
    expect(calls).toEqual(['write', 'sync file', 'rename', 'sync folder'])
    await rm(join(directory, 'c.json'))
  })

  it('stays as it was when it cannot be written', async () => {
    const path = join(directory, 'b.json')
    await writeFile(path, 'before')
    await expect(saveCheckpoint(join(directory, 'missing', 'b.json'), checkpoint)).rejects.toThrow('ENOENT')
    await expect(saveCheckpoint(directory, checkpoint)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM|directory/)
    expect(await readFile(path, 'utf8')).toBe('before')
  })

  it('that cannot be read is an error', async () => {
    await expect(loadCheckpoint(directory, identity)).rejects.toThrow('EISDIR')
  })
})
