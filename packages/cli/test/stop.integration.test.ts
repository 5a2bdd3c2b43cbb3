/** How the command ends, as whoever supervises it sees that: exit codes, and nothing left behind (spec APP-4…8, I6, G10). */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, RealProject, type RunningCommand } from './real-command.ts'

/** Every task writes down its pid and sleeps as long as its message says. */
const handler = (hooks = '') => `import { defineHandler, task } from '@drakkar/core'
export default defineHandler({
  arrange: (messages) =>
    messages.map((message) => {
      const script = \`echo $$ > out/pid-\${message.partition}-\${message.offset}; exec sleep \${message.payload.seconds}\`
      return task({ from: message, binaryPath: '/bin/sh', args: ['-c', script] })
    }),
  onTaskComplete: (result) => ({ files: [{ path: 'done.jsonl', data: { offset: result.task.sourceOffsets[0] } }] }),
  ${hooks}
})
`

const yaml = `embedded: { path: ./log.db, source_topic: events, partitions: 1 }
executor: { max_executors: 2, drain_timeout_seconds: 1 }
sinks: { filesystem: { results: { base_path: ./out } } }
metrics: { enabled: false }
debug: { enabled: false }
`

const project = (files: Readonly<Record<string, string>> = {}) =>
  RealProject.create({ 'drakkar.yaml': yaml, 'handler.mjs': handler(), ...files })
const messages = (seconds: number, count: number) => `${JSON.stringify({ value: { seconds } })}\n`.repeat(count)

beforeAll(() => {
  expect(isBuilt, 'build the packages first: npm run build').toBe(true)
})

async function runningPids(app: RealProject): Promise<readonly number[]> {
  const files = (await readdir(join(app.root, 'out'))).filter((file) => file.startsWith('pid-'))
  const texts = await Promise.all(files.map((file) => readFile(join(app.root, 'out', file), 'utf8')))
  return texts.map((text) => Number(text.trim())).filter((pid) => pid > 0)
}

async function untilRunning(app: RealProject, count: number): Promise<readonly number[]> {
  for (const deadline = performance.now() + 30_000; performance.now() < deadline; await sleep(20)) {
    const pids = await runningPids(app)
    if (pids.length >= count) return pids
  }
  return expect.unreachable(`no ${count} tasks within 30 s`)
}

/** A worker with two tasks that run for a minute, and more that wait. */
async function busy(app: RealProject): Promise<{ readonly worker: RunningCommand; readonly pids: readonly number[] }> {
  await app.run(messages(60, 5), 'produce', 'events', '--create', '1')
  const worker = app.start('run')
  return { worker, pids: await untilRunning(app, 2) }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Resolves with the time the stop took, for the record: the promise is the drain budget and three seconds (G10). */
async function ended(worker: RunningCommand, what: string) {
  const begin = performance.now()
  const end = await worker.ended
  process.stderr.write(`${what}: ${((performance.now() - begin) / 1000).toFixed(2)} s\n`)
  return end
}

describe('SIGTERM', () => {
  it('lets what runs finish, commits it and leaves the rest: 0', async () => {
    await using app = await project()
    await app.run(messages(0.7, 6), 'produce', 'events', '--create', '1')
    const worker = app.start('run')
    await untilRunning(app, 2)
    worker.child.kill('SIGTERM')
    expect(await ended(worker, 'a drained stop')).toMatchObject({ code: 0, signal: null })
    const first = (await readFile(join(app.root, 'out/done.jsonl'), 'utf8')).trimEnd().split('\n')
    expect(first.length).toBeLessThan(6)
    expect(await app.run('', 'run', '--until-caught-up')).toMatchObject({ code: 0 })
    const all = (await readFile(join(app.root, 'out/done.jsonl'), 'utf8')).trimEnd().split('\n')
    expect([...new Set(all)]).toHaveLength(6)
    expect(all).toHaveLength(6)
  })

  it('kills what outlasts the drain budget: 5, with no process left', async () => {
    await using app = await project()
    const { worker, pids } = await busy(app)
    worker.child.kill('SIGTERM')
    const end = await ended(worker, 'a stop whose tasks outlast a budget of 1 s')
    expect(end).toMatchObject({ code: 5, signal: null, errors: expect.stringContaining('"event":"drain_timeout"') as string })
    expect(pids.filter(isAlive)).toEqual([])
  })

  it.each(['onStartup', 'onReady'])('while %s runs ends the start: 0', async (hook) => {
    const hanging = `${hook}: () => new Promise(() => { process.stderr.write('HERE'); setInterval(() => {}, 1e9) }),`
    await using app = await project({ 'handler.mjs': handler(hanging) })
    await app.run(messages(0, 1), 'produce', 'events', '--create', '1')
    const worker = app.start('run')
    await worker.says('HERE')
    worker.child.kill('SIGTERM')
    const end = await ended(worker, `a stop while ${hook} runs`)
    expect(end).toMatchObject({ code: 0, signal: null, errors: expect.stringContaining('"event":"start_up_aborted"') as string })
    expect(end.errors).not.toContain('partitions_assigned')
  })
})

describe('a second signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends at once: %i, with no process left', async (signal, code) => {
    await using app = await project({ 'drakkar.yaml': yaml.replace('drain_timeout_seconds: 1', 'drain_timeout_seconds: 600') })
    const { worker, pids } = await busy(app)
    worker.child.kill(signal)
    await worker.says('shutdown_signal_received')
    // A repetition within half a second counts as the same signal.
    await sleep(600)
    worker.child.kill(signal)
    expect(await ended(worker, 'a forced stop')).toMatchObject({ code, signal: null })
    expect(pids.filter(isAlive)).toEqual([])
    expect(await app.run('', 'tail', 'events')).toMatchObject({ code: 0 })
  })
})

describe('a start that fails', () => {
  it.each([
    ['onReady throws', handler('onReady: () => { throw new Error("no model file") },'), 4, 'no model file'],
    ['onStartup throws', handler('onStartup: () => { throw new Error("no secrets") },'), 4, 'no secrets'],
    [
      'onStartup leaves a wrong setting',
      handler('onStartup: (config) => { config.executor.max_executors = 0 },'),
      2,
      'onStartup executor.max_executors',
    ],
    ['a periodic task is wrong', handler('periodic: { refresh: { seconds: 0, run() {} } },'), 2, 'periodic.refresh.seconds'],
  ])('because %s says so', async (_, text, code, message) => {
    await using app = await project({ 'handler.mjs': text })
    const end = await app.run('', 'run')
    expect(end).toMatchObject({ code, signal: null, errors: expect.stringContaining(message) as string })
  })
})
