/** The real file system answers as the spool expects of a disk. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, systemClock } from '@drakkar/plugin-sdk'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../observability/logger.ts'
import { createNodeDisk } from './node-disk.ts'
import { openSpool } from './open-spool.ts'

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'drakkar-disk-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

it('appends, reads, renames and removes', async () => {
  const path = await directory()
  const disk = createNodeDisk(path)
  const handle = await disk.create('a')
  await handle.append(Buffer.from('hello '))
  await handle.append(Buffer.from('world'))
  await handle.sync()
  expect([await handle.size(), (await handle.readAt(6, 100)).toString(), await handle.isNamed('a')]).toEqual([11, 'world', true])
  await expect(disk.create('a')).rejects.toThrow('EEXIST')
  expect([await disk.rename('a', 'b'), await disk.rename('a', 'b')]).toEqual([true, false])
  expect([await handle.isNamed('a'), await handle.isNamed('b')]).toEqual([false, true])
  await handle.close()
  const again = await disk.open('b')
  await again.append(Buffer.from('!'))
  await again.close()
  expect([await disk.list(), (await disk.read('b'))?.toString()]).toEqual([['b'], 'hello world!'])
  expect([await disk.remove('b'), await disk.remove('b'), await disk.read('b'), await disk.lastChangeMs('b')]).toEqual([
    true,
    false,
    null,
    null,
  ])
})

it('writes small files whole, for nobody else to read', async () => {
  const path = await directory()
  const disk = createNodeDisk(path)
  await disk.replace('owner', 'one')
  await disk.replace('owner', 'two')
  await disk.append('kept', Buffer.from('1'))
  await disk.append('kept', Buffer.from('2'))
  await disk.touch('owner')
  expect([await readFile(join(path, 'owner'), 'utf8'), await readFile(join(path, 'kept'), 'utf8')]).toEqual(['two', '12'])
  expect((await stat(join(path, 'owner'))).mode & 0o077).toBe(0)
  expect(await disk.lastChangeMs('owner')).toBeGreaterThan(0)
})

it('a spool makes its directory, and leaves nothing when nothing is in it', async () => {
  const path = join(await directory(), 'deep', 'spool')
  const open = () => openSpool({ directory: path, workerId: 'w/1.a', clock: systemClock, logger: silentLogger })
  const first = await open()
  await first?.append({ topic: 'dlq', key: Buffer.from([0xff]), value: Buffer.from('{}') })
  await first?.close()
  const disk = createNodeDisk(path)
  expect(await disk.list()).toEqual([expect.stringMatching(/^w%2F1%2Ea-[0-9a-f]{12}\.1\.jsonl$/)])
  const second = await open()
  const batch = await second?.next()
  expect(batch?.entries.map(({ entry }) => entry)).toEqual([{ topic: 'dlq', key: Buffer.from([0xff]), value: Buffer.from('{}') }])
  if (batch) await second?.markSent(batch, 1)
  await second?.close()
  expect(await disk.list()).toEqual([])
})

it('a directory that cannot be one is a problem of the configuration', async () => {
  const path = join(await directory(), 'file')
  await createNodeDisk(join(path, '..')).replace('file', '')
  const opening = openSpool({ directory: path, workerId: 'w', clock: systemClock, logger: silentLogger })
  await expect(opening).rejects.toSatisfy((error) => ConfigError.isInstance(error) && error.problems[0]?.path === 'dlq.spool_dir')
})

it('no directory, no spool', async () => {
  expect(await openSpool({ directory: '', workerId: 'w', clock: systemClock, logger: silentLogger })).toBeNull()
})
