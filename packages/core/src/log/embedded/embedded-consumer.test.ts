import type { Logger } from '@drakkar/plugin-sdk'
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import { collectingListener } from '@drakkar/plugin-sdk/log/conformance'
import type { CollectingListener } from '@drakkar/plugin-sdk/log/conformance'
import { expect, it, onTestFinished } from 'vitest'
import { TemporaryLogs } from '../../../test/log/temporary-logs.ts'
import { SqliteError } from '../../runtime/sqlite/sqlite-error.ts'
import { AppendQueue } from './append-queue.ts'
import { AppendWatch } from './append-watch.ts'
import { ConsumerLock } from './consumer-lock.ts'
import { EmbeddedConsumer } from './embedded-consumer.ts'
import { EmbeddedStore } from './embedded-store.ts'
import type { FetchRange, StoredTopic } from './embedded-store.ts'
import { openFile } from './open-file.ts'

type BeforeFetch = (store: EmbeddedStore, topic: StoredTopic) => Promise<void>

const call = { signal: AbortSignal.timeout(600_000) }
const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A store to which something happens before its first read. */
class DisturbedStore extends EmbeddedStore {
  beforeFetch: BeforeFetch | null = null

  override async fetch(topic: StoredTopic, range: FetchRange): Promise<LogRecord[]> {
    const disturb = this.beforeFetch
    this.beforeFetch = null
    await disturb?.(this, topic)
    return await super.fetch(topic, range)
  }
}

/** Six records in one partition, consumed by two, with the disturbance. */
async function consumeDisturbed(beforeFetch: BeforeFetch): Promise<CollectingListener> {
  const logs = await TemporaryLogs.create()
  const opened = await openFile(logs.path())
  const watch = new AppendWatch({ ...opened, onError: () => undefined })
  const store = new DisturbedStore(opened.sqlite, new AppendQueue(opened.sqlite, () => watch.announce()))
  await store.createTopic('input', 1)
  await store.append(['a', 'b', 'c', 'd', 'e', 'f'].map((value) => ({ topic: 'input', partition: 0, value: Buffer.from(value) })))
  store.beforeFetch = beforeFetch
  const lock = new ConsumerLock({ sqlite: opened.sqlite, path: logs.path(), workerId: 'test' })
  const options = { topic: 'input', group: 'g', maxPollRecords: 2, offsetReset: 'earliest', onOffsetOutOfRange: 'earliest' } as const
  const consumer = new EmbeddedConsumer({ store, watch, lock, options, path: logs.path(), logger: silent })
  onTestFinished(async () => {
    await consumer.stop()
    watch.close()
    await consumer.ended()
    await opened.sqlite.close()
    await logs.dispose()
  })
  const listener = collectingListener()
  await consumer.start(listener, call)
  return listener
}

it('records deleted between looking and reading are reported as out of range, not skipped', async () => {
  const listener = await consumeDisturbed((store, topic) => store.deleteRecords(topic, 0, 3))
  await listener.waitFor('what is left', ({ records }) => records.length === 3)
  expect(listener.values()).toEqual(['d', 'e', 'f'])
  expect(listener.errors.map(({ code, kind }) => [code, kind])).toEqual([['DRK_LOG_OFFSET_OUT_OF_RANGE', 'permanent']])
})

it('a read that fails for the moment is reported and tried again, losing and repeating nothing', async () => {
  const listener = await consumeDisturbed(() => Promise.reject(new SqliteError('database is locked', 'SQLITE_BUSY')))
  await listener.waitFor('all records', ({ records }) => records.length === 6)
  expect(listener.offsets(0)).toEqual([0, 1, 2, 3, 4, 5])
  expect(listener.errors.map(({ kind }) => kind)).toEqual(['transient'])
})

it('a read of a damaged file ends the consumer with a fatal error that names the file', async () => {
  const listener = await consumeDisturbed(() => Promise.reject(new SqliteError('database disk image is malformed', 'SQLITE_CORRUPT')))
  await listener.waitFor('the error', ({ errors }) => errors.length === 1)
  expect(listener.errors[0]).toMatchObject({ kind: 'fatal', message: expect.stringContaining('log.db is damaged') })
  expect(listener.records).toEqual([])
})
