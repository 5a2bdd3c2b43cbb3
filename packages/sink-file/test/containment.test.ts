import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectedSink } from './delivering.ts'

describe('containment (FSS-3, FSS-4, FSS-5)', () => {
  it('appends below the base, also by an absolute path and through a link that stays inside', async () => {
    await using target = await connectedSink()
    await mkdir(join(target.base, 'sub'))
    await symlink('sub', join(target.base, 'link'))
    const paths = ['a.txt', join(target.base, 'a.txt'), 'sub/../a.txt', 'link/b.txt']
    expect(await target.deliver(...paths.map((path) => ({ path, data: path })))).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect((await readFile(join(target.base, 'a.txt'), 'utf8')).split('\n')).toHaveLength(4)
    expect(await readFile(join(target.base, 'sub/b.txt'), 'utf8')).toBe('"link/b.txt"\n')
  })

  it('refuses every way out and writes nothing', async () => {
    await using target = await connectedSink()
    await mkdir(join(target.outside, 'base-evil'))
    await symlink(target.outside, join(target.base, 'out'))
    await writeFile(join(target.outside, 'secret'), '')
    await symlink(join(target.outside, 'secret'), join(target.base, 'file-link'))
    const paths = ['../x', '/etc/drakkar-test', '../base-evil/x', 'out/x', 'file-link', 'sub/../../x']
    const answers = await target.deliver(...paths.map((path) => ({ path, data: 1 })))
    expect(answers.map((answer) => answer.split(': ').slice(0, 2).join(': '))).toEqual(
      paths.map(() => 'permanent: Path traversal detected'),
    )
    expect(await readFile(join(target.outside, 'secret'), 'utf8')).toBe('')
    expect((await readdir(target.outside)).toSorted()).toEqual(['base', 'base-evil', 'secret'])
    expect(await readdir(join(target.outside, 'base-evil'))).toEqual([])
  })

  it.each([
    ['.', 'Path names a directory'],
    ['', 'Path names a directory'],
    ['sub', 'Path names a directory'],
    ['sub/', 'Path names a directory'],
    ['missing/x', 'Parent directory does not exist'],
    ['plain/x', 'Parent directory does not exist'],
    ['a\0b', 'Path contains a NUL character'],
    ['pipe', 'Path does not name a regular file'],
    ['dangling', 'ELOOP'],
  ])('refuses %j: %s', async (path, problem) => {
    await using target = await connectedSink()
    await mkdir(join(target.base, 'sub'))
    await writeFile(join(target.base, 'plain'), '')
    await promisify(execFile)('mkfifo', [join(target.base, 'pipe')])
    await symlink('nothing-there', join(target.base, 'dangling'))
    const [answer] = await target.deliver({ path, data: 1 })
    expect(answer).toContain(`permanent: ${problem}`)
  })

  it('does not follow a link planted at the file between check and open (FSS-8)', async () => {
    await using target = await connectedSink()
    const victim = join(target.outside, 'victim')
    await writeFile(victim, '')
    target.client.beforeOpen = (path) => symlink(victim, path)
    const [answer] = await target.deliver({ path: 'x', data: 1 })
    expect(answer).toContain('permanent: ELOOP')
    expect(await readFile(victim, 'utf8')).toBe('')
  })

  it('does not write through a directory that became a link between check and open', async () => {
    await using target = await connectedSink()
    await mkdir(join(target.base, 'sub'))
    await mkdir(join(target.outside, 'elsewhere'))
    await writeFile(join(target.outside, 'elsewhere', 'x'), '')
    target.client.beforeOpen = async () => {
      await rm(join(target.base, 'sub'), { recursive: true })
      await symlink(join(target.outside, 'elsewhere'), join(target.base, 'sub'))
    }
    const [answer] = await target.deliver({ path: 'sub/x', data: 1 })
    expect(answer).toContain('permanent: Path traversal detected')
    expect(await readFile(join(target.outside, 'elsewhere', 'x'), 'utf8')).toBe('')
    expect(target.client.openFiles).toBe(0)
  })

  it('never changes anything outside, whatever path arrives', async () => {
    await using target = await connectedSink()
    await mkdir(join(target.base, 'sub'))
    await mkdir(join(target.outside, 'base-evil'))
    await symlink('..', join(target.base, 'up'))
    await symlink('/', join(target.base, 'root'))
    const before = (await readdir(target.outside)).toSorted()
    const part = fc.constantFrom('sub', '..', '.', '', 'up', 'root', 'base', 'base-evil', 'f', 'tmp', '\0', 'ü', '...')
    const start = fc.constantFrom('', '/', target.base, target.outside, `${target.base}/`, `${target.outside}/base-evil/`)
    await fc.assert(
      fc.asyncProperty(start, fc.array(part, { maxLength: 7 }), async (prefix, parts) => {
        const [answer] = await target.deliver({ path: prefix + parts.join('/'), data: 1 })
        expect(answer === 'ok' || answer?.startsWith('permanent: ')).toBe(true)
        expect((await readdir(target.outside)).toSorted()).toEqual(before)
        expect(await readdir(join(target.outside, 'base-evil'))).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('goes on in a new file when the old one was moved away', async () => {
    await using target = await connectedSink()
    const file = join(target.base, 'x')
    await target.deliver({ path: 'x', data: 1 })
    await rename(file, `${file}.1`)
    await target.deliver({ path: 'x', data: 2 })
    expect([await readFile(`${file}.1`, 'utf8'), await readFile(file, 'utf8')]).toEqual(['1\n', '2\n'])
  })
})
