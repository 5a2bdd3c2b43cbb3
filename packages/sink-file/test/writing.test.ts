import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestContext, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFilesystemSink } from '../src/create-sinks.ts'
import { OpenFiles } from '../src/open-files.ts'
import { connectedSink } from './delivering.ts'
import { FakeFileClient, systemError } from './fake-client.ts'
import { tempDirectory } from './temp-directory.ts'

describe('writing', () => {
  it('makes one append per file of a batch (FSS-7), after every path was checked (FSS-6)', async () => {
    await using target = await connectedSink()
    const answers = await target.deliver({ path: 'a', data: 1 }, { path: 'b', data: 2 }, { path: '../x', data: 3 }, { path: 'a', data: 4 })
    expect(answers).toEqual(['ok', 'ok', expect.stringContaining('Path traversal detected'), 'ok'])
    const appends = target.client.calls.filter((call) => call.startsWith('append'))
    expect(appends).toEqual([`append ${join(target.base, 'a')}`, `append ${join(target.base, 'b')}`])
    expect(await readFile(join(target.base, 'a'), 'utf8')).toBe('1\n4\n')
  })

  it('fails only the payload that has no JSON text', async () => {
    await using target = await connectedSink()
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    const answers = await target.deliver({ path: 'a', data: 1 }, { path: 'a', data: cyclic }, { path: 'a', data: 2 })
    expect(answers).toEqual(['ok', expect.stringContaining('permanent'), 'ok'])
    expect(await readFile(join(target.base, 'a'), 'utf8')).toBe('1\n2\n')
  })

  it('never leaves a part of a line when the disk is full, and goes on when there is room again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 6 }),
        fc.nat({ max: 120 }),
        async (texts, freeBytes) => {
          await using target = await connectedSink()
          target.client.freeBytes = freeBytes
          const acknowledged: string[] = []
          for (const data of texts) {
            const [answer] = await target.deliver({ path: 'a', data })
            expect(answer).toMatch(/^(ok$|transient: )/)
            if (answer === 'ok') acknowledged.push(data)
          }
          target.client.freeBytes = Number.POSITIVE_INFINITY
          expect(await target.deliver({ path: 'a', data: 'last' })).toEqual(['ok'])
          const lines = (await readFile(join(target.base, 'a'), 'utf8')).split('\n').slice(0, -1)
          expect(lines.map((line): unknown => JSON.parse(line))).toEqual([...acknowledged, 'last'])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('answers a failure and cuts nothing off when another process wrote behind the part of a line', async () => {
    await using target = await connectedSink()
    const file = join(target.base, 'a')
    target.client.freeBytes = 3
    target.client.afterAppend = () => appendFile(file, '"theirs"\n')
    expect(await target.deliver({ path: 'a', data: 'ours' })).toEqual([expect.stringContaining('another process writes there too')])
    expect(await readFile(file, 'utf8')).toBe('"ou"theirs"\n')
  })

  it('begins a new line behind a part that could not be taken back', async () => {
    await using target = await connectedSink()
    target.client.freeBytes = 3
    target.client.truncateError = systemError('EIO', 'truncate')
    expect(await target.deliver({ path: 'a', data: 'ours' })).toEqual([expect.stringContaining('could not be taken back')])
    target.client.freeBytes = Number.POSITIVE_INFINITY
    expect(await target.deliver({ path: 'a', data: 'next' })).toEqual(['ok'])
    expect(await readFile(join(target.base, 'a'), 'utf8')).toBe('"ou\n"next"\n')
  })

  it('begins a new line behind what a crash left', async () => {
    await using target = await connectedSink()
    await writeFile(join(target.base, 'a'), '{"half":')
    await target.deliver({ path: 'a', data: 1 })
    expect(await readFile(join(target.base, 'a'), 'utf8')).toBe('{"half":\n1\n')
  })

  it('keeps lines whole when two sinks append to one file', async () => {
    await using target = await connectedSink()
    const other = createFilesystemSink({
      config: { base_path: target.base, fsync: 'never', rotate_bytes: 0, rotate_keep: 5 },
      context: createTestContext(),
      client: new FakeFileClient(),
    })
    await other.connect(deliverCall())
    const write = (writer: string) => async (n: number) => {
      const sink = writer === 'a' ? target.sink : other
      await sink.deliver([deliveryItem({ path: 'x', data: { writer, n, text: 'y'.repeat(5000) } })], deliverCall())
    }
    await Promise.all(['a', 'b'].flatMap((writer) => Array.from({ length: 100 }, (_, n) => write(writer)(n))))
    await other.close()
    const lines = (await readFile(join(target.base, 'x'), 'utf8')).split('\n').slice(0, -1)
    const numbers = lines.map((line) => JSON.parse(line) as { writer: string; n: number })
    expect(numbers).toHaveLength(200)
    for (const writer of ['a', 'b']) {
      expect(numbers.filter((line) => line.writer === writer).map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    }
  })
})

describe('fsync', () => {
  it('always: syncs before the answer, and a failed sync is a failure', async () => {
    await using target = await connectedSink('always')
    expect(await target.deliver({ path: 'a', data: 1 })).toEqual(['ok'])
    expect(target.client.calls.at(-1)).toBe(`sync ${join(target.base, 'a')}`)
    target.client.syncError = systemError('EIO', 'fsync')
    expect(await target.deliver({ path: 'a', data: 2 })).toEqual([expect.stringContaining('transient: EIO')])
  })

  it('batch: syncs each written file once at the barrier', async () => {
    await using target = await connectedSink('batch')
    await target.deliver({ path: 'a', data: 1 }, { path: 'b', data: 1 })
    await target.deliver({ path: 'a', data: 2 })
    const syncs = () => target.client.calls.filter((call) => call.startsWith('sync /'))
    expect(syncs()).toEqual([])
    await target.sink.flush?.(deliverCall())
    expect(syncs()).toHaveLength(2)
    await target.sink.flush?.(deliverCall())
    expect(syncs()).toHaveLength(2)
  })

  it('batch: the names of new files are made durable too', async () => {
    await using target = await connectedSink('batch')
    await target.deliver({ path: 'a', data: 1 })
    expect(target.client.calls).toContain(`sync directory ${target.base}`)
  })

  it('batch: a barrier fails once for what was lost, also when the file is closed by then', async () => {
    await using directory = await tempDirectory()
    await mkdir(join(directory.path, 'sub'))
    const client = new FakeFileClient()
    const files = new OpenFiles({ client, fsync: 'batch', rotation: null, limit: 1 })
    await files.append({ path: join(directory.path, 'a'), entry: null }, Buffer.from('1\n'))
    client.syncError = systemError('EIO', 'fsync')
    await files.append({ path: join(directory.path, 'b'), entry: null }, Buffer.from('1\n'))
    client.syncError = undefined
    expect(client.mostOpenFiles).toBeLessThanOrEqual(2)
    await expect(files.sync()).rejects.toMatchObject({ kind: 'transient', message: expect.stringContaining('EIO') as string })
    await files.sync()
    await files.close()
    expect(client.openFiles).toBe(0)
  })
})

describe('connect (FSS-2)', () => {
  it.each([
    ['missing', 'does not exist'],
    ['file', 'is not a directory'],
  ])('names a base_path that is %s', async (name, problem) => {
    await using directory = await tempDirectory()
    await writeFile(join(directory.path, 'file'), '')
    const base = join(directory.path, name)
    const sink = createFilesystemSink({
      config: { base_path: base, fsync: 'never', rotate_bytes: 0, rotate_keep: 5 },
      context: createTestContext(),
      client: new FakeFileClient(),
    })
    await expect(sink.connect(deliverCall())).rejects.toMatchObject({
      code: 'DRK_SINK_CONNECT_FAILED',
      message: `base_path ${JSON.stringify(base)} ${problem}`,
    })
  })
})
