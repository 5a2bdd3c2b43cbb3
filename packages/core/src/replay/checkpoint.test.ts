import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
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
