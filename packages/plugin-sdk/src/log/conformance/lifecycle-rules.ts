/** LOG-47 … LOG-53: stopping and closing. */
import assert from 'node:assert/strict'
import { LogError } from '../../errors.ts'
import { numbered, range } from './kit.ts'
import type { Rule } from './rule.ts'

export const lifecycleRules: readonly Rule[] = [
  {
    id: 'LOG-47',
    title: 'after stop was called nothing is delivered, and no onRevoke is called; stop can be repeated',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 200))
      const first = await kit.consume({ topic, maxPollRecords: 1 })
      await first.listener.waitFor('a record', ({ records }) => records.length >= 1)
      const stopping = first.consumer.stop()
      const events = [...first.listener.events]
      await Promise.all([stopping, first.consumer.stop()])
      await first.consumer.stop()
      await kit.fill(topic, ['last'])
      const second = await kit.consume({ topic })
      await second.listener.waitFor('201 records', ({ records }) => records.length >= 201)
      assert.deepEqual(first.listener.events, events)
    },
  },
  {
    id: 'LOG-48',
    title: 'drain, commit, stop, resume elsewhere: each record is settled once',
    async run(kit) {
      const topic = await kit.topic(2)
      for (const partition of [0, 1]) await kit.fill(topic, numbered('v', 50), partition)
      const first = await kit.consume({ topic, maxPollRecords: 5 })
      await first.listener.waitFor('30 records', ({ records }) => records.length >= 30)
      first.consumer.pause([0, 1])
      const { refused } = await first.consumer.commit(first.listener.settled())
      assert.deepEqual(refused, [])
      await first.consumer.stop()
      const second = await kit.consume({ topic, log: await kit.reopen() })
      await kit.until('100 records', () => first.listener.records.length + second.listener.records.length >= 100)
      for (const partition of [0, 1]) {
        assert.deepEqual([...first.listener.offsets(partition), ...second.listener.offsets(partition)], range(0, 50))
      }
    },
  },
  {
    id: 'LOG-49',
    title: 'stop from within onRecords takes effect at once',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 20))
      const consuming = kit.prepare({ topic, maxPollRecords: 3, listener: { whenRecords: () => stops.push(consuming.consumer.stop()) } })
      const stops: Promise<void>[] = []
      await consuming.consumer.start(consuming.listener, kit.call())
      await consuming.listener.waitFor('the first records', ({ records }) => records.length > 0)
      await Promise.all(stops)
      assert.equal(stops.length, 1)
      const second = await kit.consume({ topic })
      await second.listener.waitFor('20 records', ({ records }) => records.length >= 20)
      assert.ok(consuming.listener.records.length <= 3)
    },
  },
  {
    id: 'LOG-50',
    title: 'a producer that was closed refuses to send',
    async run(kit) {
      const topic = await kit.topic()
      const producer = kit.log.producer()
      await producer.connect(kit.call())
      const sending = producer.send([{ topic, partition: 0, value: Buffer.from('before') }])
      await producer.close()
      await producer.close()
      await sending
      await assert.rejects(producer.send([{ topic, value: Buffer.from('after') }]), isClosed)
      assert.equal((await kit.readAll(topic)).length, 1)
    },
  },
  {
    id: 'LOG-51',
    title: 'closing the log stops its consumers and producers, any number of times',
    async run(kit) {
      const topic = await kit.topic()
      const log = await kit.reopen()
      const producer = log.producer()
      await producer.connect(kit.call())
      const { listener } = await kit.consume({ topic, log })
      await Promise.all([log.close(), log.close()])
      await log.close()
      const count = listener.events.length
      await assert.rejects(producer.send([{ topic, value: Buffer.from('after') }]), isClosed)
      await kit.fill(topic, ['after'])
      const second = await kit.consume({ topic })
      await second.listener.waitFor('the record', ({ records }) => records.length >= 1)
      assert.equal(listener.events.length, count)
    },
  },
  {
    id: 'LOG-52',
    title: 'sending nothing and committing nothing do nothing',
    async run(kit) {
      const topic = await kit.topic()
      assert.deepEqual(await kit.send([]), [])
      const { consumer } = await kit.consume({ topic })
      assert.deepEqual(await consumer.commit([]), { committed: [], refused: [] })
    },
  },
  {
    id: 'LOG-53',
    title: 'a start that is aborted rejects and leaves nothing behind',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, ['v'])
      const aborted = kit.prepare({ topic })
      await assert.rejects(aborted.consumer.start(aborted.listener, { signal: AbortSignal.abort() }))
      const second = await kit.consume({ topic })
      await second.listener.waitFor('the record', ({ records }) => records.length >= 1)
      assert.deepEqual(aborted.listener.events, [])
    },
  },
]

function isClosed(error: unknown): boolean {
  return LogError.isInstance(error) && error.code === 'DRK_LOG_CLOSED'
}
