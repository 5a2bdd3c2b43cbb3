import { readFile, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { ConsumerOptions, MessageLog, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { collectingListener, waitUntil } from '@drakkar/plugin-sdk/log/conformance'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { TemporaryLogs } from '../../../test/log/temporary-logs.ts'
import { openSqlite } from '../../runtime/sqlite/sqlite-client.ts'
import type { SqlValue } from '../../runtime/sqlite/sqlite-protocol.ts'
import { heartbeatMs } from './consumer-lock.ts'
import { ownIdentity } from './process-identity.ts'

const call = { signal: AbortSignal.timeout(600_000) }
const consuming: ConsumerOptions = { topic: 'input', group: 'g', maxPollRecords: 10, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' }
let logs: TemporaryLogs

beforeEach(async () => {
  logs = await TemporaryLogs.create()
})

afterEach(() => logs.dispose())

async function withTopic(partitions = 1): Promise<MessageLog> {
  const log = await logs.open()
  await log.admin().createTopic('input', partitions)
  return log
}

async function send(log: MessageLog, values: readonly string[]): Promise<void> {
  const producer = log.producer()
  await producer.connect(call)
  await producer.send(values.map((value): ProduceRecord => ({ topic: 'input', partition: 0, value: Buffer.from(value) })))
}

/** Changes the file as another process would. */
async function execute(sql: string, params: readonly SqlValue[] = []): Promise<void> {
  const sqlite = await openSqlite(logs.path(), { mode: 'write' })
  await sqlite.run([{ sql, params }])
  await sqlite.close()
}

/** A lock as its owner would have left it. */
async function plantLock(owner: { pid: number; started: string | null; machine: string; seenMs?: number }): Promise<void> {
  await execute(`UPDATE consumer_lock SET token = 'planted', pid = ?, started = ?, machine = ?, worker_id = 'worker-b', seen_ms = ?`, [
    owner.pid,
    owner.started,
    owner.machine,
    owner.seenMs ?? Date.now(),
  ])
}

it('warns once at the start that it is not a production broker', async () => {
  await logs.open()
  expect(logs.lines.filter(({ event }) => event === 'embedded_log_in_use').map(({ level }) => level)).toEqual(['warn'])
})

it('makes the directory and the files readable by their user only', async () => {
  const log = await logs.open('deep/er/log.db')
  await log.admin().createTopic('input', 1)
  for (const suffix of ['', '-wal', '-shm']) expect((await stat(logs.path(`deep/er/log.db${suffix}`))).mode & 0o777).toBe(0o600)
})

it('refuses a second consumer with the process id of the first, and lets it in when the first has stopped', async () => {
  const first = (await withTopic()).consumer(consuming)
  await first.start(collectingListener(), call)
  const other = await logs.open()
  const expected = { code: 'DRK_LOG_LOCKED', message: expect.stringContaining(`process ${process.pid} on ${hostname()} (worker worker-a)`) }
  await expect(other.consumer(consuming).start(collectingListener(), call)).rejects.toMatchObject(expected)
  await first.stop()
  const second = other.consumer(consuming)
  await second.start(collectingListener(), call)
  await second.stop()
})

it('the refused consumer can append, read and tail', async () => {
  const log = await withTopic()
  const listener = collectingListener()
  await log.consumer(consuming).start(listener, call)
  const other = await logs.open()
  await send(other, ['a', 'b'])
  await listener.waitFor('what the other appended', ({ records }) => records.length === 2)
  const seen: number[] = []
  for await (const record of other.read('input', call)) seen.push(record.offset)
  expect(seen).toEqual([0, 1])
})

it('sees what another process appends, without being told', async () => {
  const listener = collectingListener()
  await (await withTopic()).consumer(consuming).start(listener, call)
  // A bare connection: nothing of this process announces the change.
  await execute(`INSERT INTO records SELECT topic_id, partition, end_offset, 0, NULL, NULL, x'61' FROM partitions`)
  await listener.waitFor('the record', ({ records }) => records.length === 1)
  expect(listener.values()).toEqual(['a'])
})

it('takes over the lock of a process that is gone', async () => {
  const log = await withTopic()
  await plantLock({ ...(await ownIdentity()), pid: 2 ** 22 + 1 })
  await expect(log.consumer(consuming).start(collectingListener(), call)).resolves.toBeUndefined()
})

it.runIf(process.platform !== 'win32')('takes over when the process id was given to another process', async () => {
  const log = await withTopic()
  await plantLock({ ...(await ownIdentity()), started: 'at another time' })
  await expect(log.consumer(consuming).start(collectingListener(), call)).resolves.toBeUndefined()
})

it('respects an owner on another machine while it is seen, and takes over when it has not been seen for long', async () => {
  const log = await withTopic()
  const elsewhere = { pid: 1, started: null, machine: 'elsewhere x y' }
  await plantLock(elsewhere)
  await expect(log.consumer(consuming).start(collectingListener(), call)).rejects.toMatchObject({
    code: 'DRK_LOG_LOCKED',
    message: expect.stringContaining('process 1 on elsewhere'),
  })
  await plantLock({ ...elsewhere, seenMs: Date.now() - 60_000 })
  await expect(log.consumer(consuming).start(collectingListener(), call)).resolves.toBeUndefined()
})

it('a consumer whose lock was taken over commits nothing', async () => {
  const log = await withTopic()
  await send(log, ['a'])
  const listener = collectingListener()
  const consumer = log.consumer(consuming)
  await consumer.start(listener, call)
  await listener.waitFor('the record', ({ records }) => records.length === 1)
  await plantLock({ ...(await ownIdentity()), pid: 1 })
  const request = listener.request(0, 1)
  expect(await consumer.commit([request])).toEqual({ committed: [], refused: [request] })
  expect((await log.admin().committed('g', 'input')).size).toBe(0)
})

it('a consumer whose lock was taken over notices by itself: its partitions are lost, and it ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const log = await withTopic(2)
  const listener = collectingListener()
  await log.consumer(consuming).start(listener, call)
  await plantLock({ ...(await ownIdentity()), pid: 1 })
  vi.advanceTimersByTime(heartbeatMs)
  await listener.waitFor('the fatal error', ({ errors }) => errors.length === 1)
  expect(listener.events.slice(-2)).toEqual([
    { type: 'lost', partitions: [0, 1] },
    { type: 'error', code: 'DRK_LOG_LOCKED', kind: 'fatal' },
  ])
})

it('a heartbeat keeps a lock that is ours, and is what others on another machine go by', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const log = await withTopic()
  const listener = collectingListener()
  await log.consumer(consuming).start(listener, call)
  await execute('UPDATE consumer_lock SET seen_ms = 1')
  vi.advanceTimersByTime(heartbeatMs)
  const sqlite = await openSqlite(logs.path(), { mode: 'read' })
  await waitUntil(async () => (await sqlite.all('SELECT seen_ms FROM consumer_lock'))[0]?.['seen_ms'] !== 1, {
    what: 'a heartbeat',
    deadlineMs: 15_000,
  })
  await sqlite.close()
  expect(listener.errors).toEqual([])
})

it('each ownership has a later epoch, also after the file was closed and opened again', async () => {
  const epochs: number[] = []
  await (await withTopic()).close()
  for (let round = 0; round < 3; round += 1) {
    const log = await logs.open()
    const listener = collectingListener()
    await log.consumer(consuming).start(listener, call)
    epochs.push(listener.assigned.get(0)?.epoch ?? -1)
    await log.close()
  }
  expect(epochs).toEqual([1, 2, 3])
})

it('a listener that throws in onAssign makes the start fail and gives the lock back', async () => {
  const log = await withTopic()
  const broken = Object.assign(collectingListener(), {
    onAssign: () => {
      throw new Error('broken listener')
    },
  })
  await expect(log.consumer(consuming).start(broken, call)).rejects.toMatchObject({ cause: { message: 'broken listener' } })
  await expect(log.consumer(consuming).start(collectingListener(), call)).resolves.toBeUndefined()
})

it('a listener that throws in onRecords ends the consumer and is told so', async () => {
  const log = await withTopic()
  await send(log, ['a'])
  const listener = collectingListener({
    whenRecords: () => {
      throw new Error('broken listener')
    },
  })
  await log.consumer(consuming).start(listener, call)
  await listener.waitFor('the fatal error', ({ errors }) => errors.length === 1)
  expect(listener.errors[0]).toMatchObject({ kind: 'fatal', cause: { message: 'broken listener' } })
})

it('a send with a record that has no place stores none of it and spoils no other send', async () => {
  const log = await withTopic()
  const producer = log.producer()
  await producer.connect(call)
  const record = { topic: 'input', partition: 0, value: null }
  const results = await Promise.allSettled([
    producer.send([record]),
    producer.send([record, { ...record, partition: 5 }]),
    producer.send([record]),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await log.admin().offsets('input')).get(0)).toEqual({ start: 0, end: 2 })
})

it('records deleted while a consumer stands still are reported when it goes on', async () => {
  const log = await withTopic()
  const consumer = log.consumer({ ...consuming, onOffsetOutOfRange: 'earliest', maxPollRecords: 2 })
  const listener = collectingListener({ whenRecords: () => consumer.pause([0]) })
  await send(log, ['a', 'b', 'c', 'd', 'e', 'f'])
  await consumer.start(listener, call)
  await listener.waitFor('the first records', ({ records }) => records.length === 2)
  await log.admin().deleteRecords('input', 0, 4)
  consumer.resume([0])
  await listener.waitFor('the rest', ({ records }) => records.length === 4)
  expect(listener.values()).toEqual(['a', 'b', 'e', 'f'])
  expect(listener.errors.map(({ code }) => code)).toEqual(['DRK_LOG_OFFSET_OUT_OF_RANGE'])
})

it.each([
  ['text', Buffer.from('not a database, but long enough to have a header and something after it '.repeat(20))],
  ['an SQLite header and rubbish', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 0xee)])],
])('a file that holds %s is refused by name and left as it was', async (_what, bytes) => {
  await writeFile(logs.path(), bytes)
  await expect(logs.open()).rejects.toMatchObject({ code: 'DRK_LOG_FAILED', kind: 'fatal', message: expect.stringContaining(logs.path()) })
  expect((await readFile(logs.path())).equals(bytes)).toBe(true)
})

it('a file whose pages were overwritten is refused or reported, and never deleted', async () => {
  const log = await withTopic()
  await send(
    log,
    Array.from({ length: 200 }, () => 'x'.repeat(500)),
  )
  await log.close()
  const bytes = await readFile(logs.path())
  bytes.fill(0x5a, 4096 * 2)
  await writeFile(logs.path(), bytes)
  const reading = async (): Promise<void> => {
    const damaged = await logs.open()
    for await (const record of damaged.read('input', call)) expect(record.topic).toBe('input')
  }
  await expect(reading()).rejects.toMatchObject({ code: 'DRK_LOG_FAILED', message: expect.stringContaining(logs.path()) })
  expect((await stat(logs.path())).size).toBe(bytes.length)
})

it('an SQLite file of something else is refused and left alone', async () => {
  const sqlite = await openSqlite(logs.path(), { mode: 'create' })
  await sqlite.run([{ sql: 'CREATE TABLE something (name TEXT)' }])
  await sqlite.close()
  await expect(logs.open()).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('not an embedded log') })
})

it('a layout of a later version is refused', async () => {
  await (await withTopic()).close()
  await execute('PRAGMA user_version = 99')
  await expect(logs.open()).rejects.toMatchObject({ message: expect.stringContaining('layout 99') })
})

it('several handles may open a new file at once', async () => {
  const opened = await Promise.all([logs.open(), logs.open(), logs.open(), logs.open()])
  await Promise.all(opened.map((log) => log.admin().createTopic('input', 3)))
  expect((await opened[0].admin().offsets('input')).size).toBe(3)
})
