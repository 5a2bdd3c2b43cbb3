/** The embedded log shared by real processes, some of them killed. Needs the built package: `npm run build`. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ConsumerOptions, LogRecord, MessageLog } from '@drakkar/plugin-sdk/log'
import { collectingListener, textOf, waitUntil } from '@drakkar/plugin-sdk/log/conformance'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openSqlite } from '../src/runtime/sqlite/sqlite-client.ts'
import { TemporaryLogs } from './log/temporary-logs.ts'

interface ChildLine {
  readonly acknowledged?: number
  readonly committed?: number
  readonly started?: number
}

const script = fileURLToPath(new URL('log/embedded-child.mjs', import.meta.url))
const call = { signal: AbortSignal.timeout(600_000) }
const consuming: ConsumerOptions = { topic: 'input', group: 'g', maxPollRecords: 3, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' }
const children: Child[] = []
let logs: TemporaryLogs

class Child {
  readonly lines: ChildLine[] = []
  readonly process: ChildProcess
  readonly exited: Promise<void>

  constructor(mode: string) {
    this.process = spawn(process.execPath, [script, mode, logs.path()], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: this.process.stdout! })
    lines.on('line', (line) => this.lines.push(JSON.parse(line) as ChildLine))
    this.exited = new Promise((resolve) => lines.once('close', resolve))
    children.push(this)
  }

  async until(what: string, condition: (line: ChildLine) => boolean): Promise<void> {
    await waitUntil(() => this.lines.some(condition), { what, deadlineMs: 30_000 })
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}

beforeAll(() => {
  if (existsSync(new URL('../dist/log/embedded/embedded-log.js', import.meta.url))) return
  throw new Error('packages/core/dist is missing: build the packages first')
})

beforeEach(async () => {
  logs = await TemporaryLogs.create()
})

afterEach(async () => {
  for (const child of children.splice(0)) await child.kill()
  await logs.dispose()
})

async function withTopic(): Promise<MessageLog> {
  const log = await logs.open()
  await log.admin().createTopic('input', 1)
  return log
}

async function readAll(log: MessageLog): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for await (const record of log.read('input', call)) records.push(record)
  return records
}

async function append(log: MessageLog, count: number): Promise<void> {
  const producer = log.producer()
  await producer.connect(call)
  await producer.send(Array.from({ length: count }, () => ({ topic: 'input', partition: 0, value: Buffer.from('v') })))
}

it('a consuming process locks others out by name until it is killed; the next goes on behind its last commit', async () => {
  const log = await withTopic()
  const child = new Child('consume')
  await child.until('the child to consume', ({ started }) => started !== undefined)
  await expect(log.consumer(consuming).start(collectingListener(), call)).rejects.toMatchObject({
    code: 'DRK_LOG_LOCKED',
    message: expect.stringContaining(`process ${child.process.pid} `),
  })
  await append(log, 9)
  await child.until('the child to commit what this process appended', ({ committed }) => committed === 9)
  await child.kill()
  await append(log, 2)
  const listener = collectingListener()
  await log.consumer(consuming).start(listener, call)
  await listener.waitFor('what came after the commit', ({ records }) => records.length === 2)
  expect(listener.offsets(0)).toEqual([9, 10])
}, 120_000)

it('two processes append at the same time: offsets have no gap and each keeps its order', async () => {
  const log = await withTopic()
  const writers = [new Child('append'), new Child('append')]
  await Promise.all(writers.map(({ exited }) => exited))
  const records = await readAll(log)
  expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 1000 }, (_, offset) => offset))
  for (const { process: writer } of writers) {
    const own = records.map((record) => textOf(record) ?? '').filter((value) => value.startsWith(`${writer.pid}:`))
    expect(own).toEqual(Array.from({ length: 500 }, (_, index) => `${writer.pid}:${index}`))
  }
}, 120_000)

it('a process killed while it appends leaves every acknowledged record, whole sends only, and a sound file', async () => {
  const log = await withTopic()
  const killed: { pid: number; acknowledged: number }[] = []
  for (let round = 0; round < 8; round += 1) {
    const child = new Child('append-forever')
    await child.until(`${round * 3} sends`, ({ acknowledged = 0 }) => acknowledged >= round * 15)
    await child.kill()
    killed.push({ pid: child.process.pid!, acknowledged: child.lines.at(-1)?.acknowledged ?? -1 })
  }
  const records = await readAll(log)
  expect(records.map(({ offset }) => offset)).toEqual(records.map((_, index) => index))
  for (const { pid, acknowledged } of killed) {
    const own = records.map((record) => textOf(record) ?? '').filter((value) => value.startsWith(`${pid}:`))
    expect(own).toEqual(own.map((_, index) => `${pid}:${index}`))
    expect(own.length).toBeGreaterThanOrEqual(acknowledged + 1)
    expect(own.length % 5).toBe(0)
  }
  const sqlite = await openSqlite(logs.path(), { mode: 'write' })
  expect(await sqlite.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  await sqlite.close()
}, 120_000)
