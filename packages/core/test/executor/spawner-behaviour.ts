/**
 * What every `Spawner` must do, tried with real processes: the pitfalls of child processes, one by one. An implementation
 * passes by calling `describeSpawner` with its factory.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isLive, readProcessStat } from '../../src/pipeline/executor/process-table.js'
import { classifySpawnFailure } from '../../src/pipeline/executor/spawn-failure.ts'
import type { ProcessCommand, ProcessEnd, Spawner } from '../../src/pipeline/executor/spawner.ts'
import { waitUntil } from './executor-fixtures.ts'

const mebibyte = 1024 * 1024
const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }

export function command(changes: Partial<ProcessCommand>): ProcessCommand {
  return { file: '/bin/sh', args: [], env: environment, stdin: null, maxOutputBytes: 64 * mebibyte, overflow: 'truncate', ...changes }
}

/** A shell script as a command. */
export function script(text: string, changes: Partial<ProcessCommand> = {}): ProcessCommand {
  return command({ args: ['-c', text], ...changes })
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readProcessStat(pid)
  return stat !== null && isLive(stat)
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}

export function describeSpawner(name: string, createSpawner: () => Spawner): void {
  const end = async (wanted: ProcessCommand): Promise<ProcessEnd> => (await createSpawner().spawn(wanted)).ended
  const failure = async (wanted: ProcessCommand) =>
    classifySpawnFailure(
      await createSpawner()
        .spawn(wanted)
        .then(
          () => new Error('it started'),
          (error: unknown) => error,
        ),
    )

  describe(`${name}: arguments and environment`, () => {
    it('hands every argument over unchanged', async () => {
      const args = ['two words', '"quotes" and \'more\'', '$(id)', '; rm -rf x', 'new\nline', 'ünï©ödé 日本', '*', '', '-n', '`id`', '\\']
      const ended = await end(
        command({ file: process.execPath, args: ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...args] }),
      )
      expect(JSON.parse(text(ended.stdout))).toEqual(args)
    })

    it('gives exactly the environment asked for', async () => {
      const ended = await end(command({ file: '/usr/bin/env', env: { ONE: '1', TWO: 'a=b c' } }))
      expect(text(ended.stdout).trim().split('\n').toSorted()).toEqual(['ONE=1', 'TWO=a=b c'])
    })

    it.runIf(process.platform === 'linux')('lets the child inherit none of the descriptors the worker opened', async () => {
      const path = join(mkdtempSync(join(tmpdir(), 'drakkar-executor-')), 'opened-by-the-worker')
      const file = openSync(path, 'w')
      const server = createServer().listen(0, '127.0.0.1')
      const running = await createSpawner().spawn(script('exec ls -l /proc/self/fd', { stdin: '' }))
      const listing = text((await running.ended).stdout)
      closeSync(file)
      server.close()
      expect(listing).toContain('/proc/')
      expect(listing).not.toContain(path)
      expect((listing.match(/ [0-2] -> /g) ?? []).length).toBe(3)
      expect((listing.match(/socket:/g) ?? []).length).toBeLessThanOrEqual(3)
    })
  })

  describe(`${name}: exit`, () => {
    it.each([0, 1, 42, 255])('reports exit code %i', async (code) => {
      expect(await end(script(`exit ${code}`))).toMatchObject({ exitCode: code, signal: null })
    })

    it.each(['SIGSEGV', 'SIGTERM', 'SIGKILL'])('reports the end by %s', async (signal) => {
      expect(await end(script(`kill -${signal.slice(3)} $$`))).toMatchObject({ exitCode: null, signal })
    })

    it('does not start a program in the worker’s process group', async () => {
      const running = await createSpawner().spawn(script('sleep 60'))
      const stat = await readProcessStat(running.pid)
      running.kill('SIGKILL')
      await running.ended
      expect(stat?.groupId ?? running.pid).toBe(running.pid)
      expect(running.kill('SIGKILL')).toBe(false)
    })
  })

  describe(`${name}: programs that cannot start`, () => {
    it('rejects a missing program, a file without permission and a folder as spawn failures', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'drakkar-executor-'))
      const plain = join(folder, 'plain')
      writeFileSync(plain, 'text', { mode: 0o644 })
      expect(await failure(command({ file: join(folder, 'missing') }))).toMatchObject({ kind: 'spawn', code: 'ENOENT' })
      expect(await failure(command({ file: plain }))).toMatchObject({ kind: 'spawn', code: 'EACCES' })
      expect(await failure(command({ file: folder }))).toMatchObject({ kind: 'spawn', code: 'EACCES' })
      expect(await failure(command({ file: plain, stdin: 'input' }))).toMatchObject({ kind: 'spawn', code: 'EACCES' })
    })

    it('rejects what can never start as poison', async () => {
      expect(await failure(command({ args: ['x'.repeat(4 * mebibyte)] }))).toMatchObject({ kind: 'poison', code: 'E2BIG' })
      expect(await failure(command({ args: ['a\0b'] }))).toMatchObject({ kind: 'poison' })
      expect(await failure(command({ env: { A: 'a\0b' } }))).toMatchObject({ kind: 'poison' })
      expect(await failure(command({ file: '/bin/\0sh' }))).toMatchObject({ kind: 'poison' })
    })
  })

  describe(`${name}: stdin`, () => {
    it('writes everything and closes', async () => {
      const stdin = 'zeile – '.repeat(1_000_000)
      const ended = await end(script('wc -c', { stdin }))
      expect(Number(text(ended.stdout))).toBe(Buffer.byteLength(stdin))
    })

    it('gives an immediate end of file for an empty string and for none', async () => {
      expect(text((await end(script('cat; echo end', { stdin: '' }))).stdout)).toBe('end\n')
      expect(text((await end(script('cat; echo end', { stdin: null }))).stdout)).toBe('end\n')
    })

    it('is no failure when the child never reads it', async () => {
      expect(await end(script('echo done', { stdin: Buffer.alloc(10 * mebibyte) }))).toMatchObject({ exitCode: 0 })
    })

    it('is no failure when the child stops reading early', async () => {
      const ended = await end(script('head -c 3; exit 7', { stdin: Buffer.alloc(10 * mebibyte, 'a') }))
      expect(ended).toMatchObject({ exitCode: 7 })
      expect(text(ended.stdout)).toBe('aaa')
    })

    it('does not deadlock with a child that writes as much as it reads, to both outputs', async () => {
      const stdin = Buffer.alloc(8 * mebibyte, 'abcdefgh')
      const ended = await end(script('cat; head -c 4000000 /dev/zero >&2', { stdin }))
      expect(Buffer.compare(Buffer.from(ended.stdout), stdin)).toBe(0)
      expect(ended.stderr.byteLength).toBe(4_000_000)
    })
  })

  describe(`${name}: output`, () => {
    it('keeps the first bytes of too much output and lets the exit code decide', async () => {
      const before = process.memoryUsage().rss
      let peak = before
      const sampler = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().rss)
      }, 5)
      const ended = await end(script('head -c 300000000 /dev/zero; echo problem >&2; exit 3'))
      clearInterval(sampler)
      expect(ended).toMatchObject({ exitCode: 3, truncated: { stdout: true, stderr: false }, overflowed: false })
      expect(ended.stdout.byteLength).toBe(64 * mebibyte)
      expect(text(ended.stderr)).toBe('problem\n')
      expect(peak - before).toBeLessThan(240 * mebibyte)
    })

    it('kills the group of a child that prints too much where that is a failure', async () => {
      const ended = await end(script('sleep 300 & head -c 300000000 /dev/zero; exit 0', { overflow: 'fail', maxOutputBytes: mebibyte }))
      expect(ended).toMatchObject({ overflowed: true, signal: 'SIGKILL', truncated: { stdout: true, stderr: false } })
      expect(ended.stdout.byteLength).toBe(mebibyte)
    })

    it('is not truncated at exactly the cap', async () => {
      const ended = await end(script('head -c 1000 /dev/zero', { maxOutputBytes: 1000, overflow: 'fail' }))
      expect(ended).toMatchObject({ exitCode: 0, overflowed: false, truncated: { stdout: false, stderr: false } })
    })
  })

  describe(`${name}: descendants`, () => {
    it('settles soon when a grandchild holds the output open, and kills it', async () => {
      const ended = await end(script('sleep 300 & echo $!; exit 0'))
      expect(ended).toMatchObject({ exitCode: 0, outputHeldOpen: true, groupSurvived: false })
      expect(await isAlive(Number(text(ended.stdout)))).toBe(false)
    })

    it('kills a grandchild that let go of the output', async () => {
      const ended = await end(script('sleep 300 >/dev/null 2>&1 </dev/null & echo $!'))
      expect(ended).toMatchObject({ exitCode: 0, outputHeldOpen: false, groupSurvived: false })
      expect(await isAlive(Number(text(ended.stdout)))).toBe(false)
    })

    it('keeps what the program wrote before it ended, with the output held open', async () => {
      const ended = await end(script('sleep 300 & head -c 150000 /dev/zero'))
      expect(ended.stdout.byteLength).toBe(150_000)
    })

    it('signals the whole group', async () => {
      const running = await createSpawner().spawn(script('sh -c "sleep 300" & sleep 300 & wait'))
      expect(running.kill('SIGKILL')).toBe(true)
      expect(await running.ended).toMatchObject({ exitCode: null, signal: 'SIGKILL', groupSurvived: false })
    })

    it('is not held up by a descendant in a session of its own', async () => {
      const ended = await end(script('setsid sleep 5 & sleep 0.1; exit 4'))
      expect(ended).toMatchObject({ exitCode: 4, outputHeldOpen: true })
    })
  })

  describe(`${name}: abandoning`, () => {
    it('settles without a status and still lets the group be signalled by others', async () => {
      const running = await createSpawner().spawn(script('sleep 300'))
      running.abandon()
      expect(await running.ended).toMatchObject({ exitCode: null, signal: null, groupSurvived: true })
      expect(running.kill('SIGKILL')).toBe(false)
      process.kill(-running.pid, 'SIGKILL')
      await waitUntil(async () => !(await isAlive(running.pid)), 'the abandoned process ends')
    })
  })

  it.runIf(process.platform === 'linux')(`${name}: leaves no zombie and no descriptor behind`, async () => {
    const spawner = createSpawner()
    const runOnce = async (): Promise<number> => {
      const running = await spawner.spawn(script('exit 0', { file: '/bin/true', args: [], stdin: 'x' }))
      await running.ended
      return running.pid
    }
    await runOnce()
    const descriptors = readdirSync('/proc/self/fd').length
    const pids: number[] = []
    for (let round = 0; round < 125; round += 1) pids.push(...(await Promise.all(Array.from({ length: 8 }, runOnce))))
    const left = await Promise.all(pids.map((pid) => readProcessStat(pid)))
    expect(left.filter((stat) => stat?.state === 'Z')).toEqual([])
    await waitUntil(() => readdirSync('/proc/self/fd').length <= descriptors, 'all descriptors closed')
  })
}
