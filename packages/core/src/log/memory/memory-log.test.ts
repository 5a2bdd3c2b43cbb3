import { LogError } from '@drakkar/plugin-sdk/log'
import type { ConsumerOptions } from '@drakkar/plugin-sdk/log'
import { collectingListener } from '@drakkar/plugin-sdk/log/conformance'
import type { CollectingListener, CollectingListenerOptions } from '@drakkar/plugin-sdk/log/conformance'
import { expect, it } from 'vitest'
import { createDeferred } from '../../runtime/deferred.ts'
import { MemoryLog } from './memory-log.ts'

const call = { signal: AbortSignal.timeout(600_000) }
const options: ConsumerOptions = { topic: 'input', group: 'g', maxPollRecords: 10, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' }
const failure = new LogError({ kind: 'transient', message: 'scripted' })

function value(text: string, partition = 0): { topic: string; partition: number; value: Buffer } {
  return { topic: 'input', partition, value: Buffer.from(text) }
}

async function consume(
  log: MemoryLog,
  listening: CollectingListenerOptions = {},
): Promise<{ listener: CollectingListener; consumer: ReturnType<MemoryLog['consumer']> }> {
  const [consumer, listener] = [log.consumer(options), collectingListener(listening)]
  await consumer.start(listener, call)
  return { consumer, listener }
}

it('append stores at once and delivers from a microtask, without a timer', async () => {
  const log = new MemoryLog({ topics: { input: 1 }, now: () => 42 })
  const { listener } = await consume(log)
  expect(log.append(value('a'), value('b'))).toEqual([
    { topic: 'input', partition: 0, offset: 0 },
    { topic: 'input', partition: 0, offset: 1 },
  ])
  expect(listener.records).toEqual([])
  await Promise.resolve()
  expect(listener.values()).toEqual(['a', 'b'])
  expect(listener.records.map(({ timestamp }) => timestamp)).toEqual([42, 42])
})

it('failNextCommit fails one commit, which changes nothing, and the next succeeds', async () => {
  const log = new MemoryLog({ topics: { input: 1 } })
  const { consumer, listener } = await consume(log)
  log.failNextCommit(failure)
  await consumer.commit([])
  const request = listener.request(0, 0)
  await expect(consumer.commit([request])).rejects.toBe(failure)
  expect(log.committed('g', 'input').size).toBe(0)
  expect((await consumer.commit([request])).committed).toEqual([request])
})

it('failNextSend fails one send, which stores nothing, and the next succeeds', async () => {
  const log = new MemoryLog({ topics: { input: 1 } })
  const producer = log.producer()
  await producer.connect(call)
  log.failNextSend(failure)
  await expect(producer.send([value('a')])).rejects.toBe(failure)
  expect(await producer.send([value('b')])).toEqual([{ topic: 'input', partition: 0, offset: 0 }])
})

it('a producer that was not connected refuses to send', async () => {
  await expect(new MemoryLog({ topics: { input: 1 } }).producer().send([value('a')])).rejects.toThrow('not connected')
})

it('lost partitions are gone at once: no revoke, commits refused, silence until they are handed out again', async () => {
  const log = new MemoryLog({ topics: { input: 2 } })
  const { consumer, listener } = await consume(log)
  const request = listener.request(0, 0)
  log.losePartitions({ group: 'g', topic: 'input', partitions: [0] })
  expect(listener.events.at(-1)).toEqual({ type: 'lost', partitions: [0] })
  expect(await consumer.commit([request])).toEqual({ committed: [], refused: [request] })
  log.append(value('lost', 0), value('kept', 1))
  await listener.waitFor('the other partition', ({ records }) => records.length > 0)
  expect(listener.values()).toEqual(['kept'])
  await log.rebalance({ group: 'g', topic: 'input', partitions: [] })
  await listener.waitFor('the record', ({ records }) => records.length === 2)
  expect(listener.assigned.get(0)?.epoch).toBe(request.epoch + 1)
})

it('rebalance awaits onRevoke, in which commits still count, and hands out a new epoch', async () => {
  const log = new MemoryLog({ topics: { input: 2 } })
  const drained = createDeferred()
  const { consumer, listener } = await consume(log, { whileRevoking: () => drained.promise })
  const before = listener.request(0, 1)
  log.append(value('a'))
  const rebalanced = log.rebalance({ group: 'g', topic: 'input', partitions: [0] })
  await listener.waitFor('the revoke', ({ events }) => events.some(({ type }) => type === 'revoke'))
  expect((await consumer.commit([before])).committed).toEqual([before])
  drained.resolve()
  await rebalanced
  expect(listener.assigned.get(0)).toEqual({ partition: 0, epoch: before.epoch + 1, committed: 1 })
  expect(listener.assigned.get(1)?.epoch).toBe(1)
  expect((await consumer.commit([before])).refused).toEqual([before])
})

it('while a partition is being revoked it delivers nothing, the others go on', async () => {
  const log = new MemoryLog({ topics: { input: 2 } })
  const drained = createDeferred()
  const { listener } = await consume(log, { whileRevoking: () => drained.promise })
  const rebalanced = log.rebalance({ group: 'g', topic: 'input', partitions: [0] })
  await listener.waitFor('the revoke', ({ events }) => events.some(({ type }) => type === 'revoke'))
  log.append(value('later', 0), value('now', 1))
  await listener.waitFor('a record', ({ records }) => records.length > 0)
  expect(listener.values()).toEqual(['now'])
  drained.resolve()
  await rebalanced
  await listener.waitFor('the other', ({ records }) => records.length === 2)
})

it('a member that stops while its onRevoke hangs does not block the group', async () => {
  const log = new MemoryLog({ topics: { input: 2 } })
  const first = await consume(log, { whileRevoking: () => createDeferred().promise })
  const second = consume(log.handle())
  await first.listener.waitFor('the revoke', ({ events }) => events.some(({ type }) => type === 'revoke'))
  await first.consumer.stop()
  const { listener } = await second
  await listener.waitFor('all partitions', (seen) => seen.partitions().length === 2)
  expect(first.listener.events.some(({ type }) => type === 'lost')).toBe(false)
})

it('a listener that throws ends its consumer with a fatal error, and another member takes over', async () => {
  const log = new MemoryLog({ topics: { input: 1 } })
  const broken = await consume(log, {
    whenRecords: () => {
      throw new Error('broken listener')
    },
  })
  log.append(value('a'))
  await broken.listener.waitFor('the error', ({ errors }) => errors.length === 1)
  expect(broken.listener.errors[0]).toMatchObject({ kind: 'fatal', cause: { message: 'broken listener' } })
  const { listener } = await consume(log)
  await listener.waitFor('the record', ({ records }) => records.length === 1)
})

it('in an outage no record comes, commits and sends are refused, and everything goes on after it', async () => {
  const log = new MemoryLog({ topics: { input: 1 } })
  const { consumer, listener } = await consume(log)
  const producer = log.producer()
  await producer.connect(call)
  log.beginOutage(failure)
  expect(log.outageHits).toBe(0)
  log.append(value('a'))
  await Promise.resolve()
  expect(listener.records).toEqual([])
  await expect(producer.send([value('b')])).rejects.toBe(failure)
  await expect(consumer.commit([{ partition: 0, epoch: 1, offset: 1 }])).rejects.toBe(failure)
  expect(log.outageHits).toBe(3)
  log.endOutage()
  await Promise.resolve()
  expect(listener.values()).toEqual(['a'])
  await producer.send([value('b')])
  expect(log.offsets('input')).toEqual(new Map([[0, { start: 0, end: 2 }]]))
})
