/** LOG-21 … LOG-23: pausing partitions. */
import assert from 'node:assert/strict'
import { numbered, range } from './kit.ts'
import type { Rule } from './rule.ts'

export const pauseRules: readonly Rule[] = [
  {
    id: 'LOG-21',
    title: 'a paused partition is silent while others go on, and continues where it was',
    async run(kit) {
      const topic = await kit.topic(2)
      const { consumer, listener } = await kit.consume({ topic })
      await kit.fill(topic, numbered('a', 20), 0)
      await listener.waitFor('20 records', ({ records }) => records.length >= 20)
      consumer.pause([0, 77])
      await kit.fill(topic, numbered('b', 20), 0)
      for (const round of range(0, 3)) {
        await kit.fill(topic, numbered(`c${round}`, 5), 1)
        await listener.waitFor('partition 1', () => listener.offsets(1).length >= (round + 1) * 5)
      }
      assert.equal(listener.offsets(0).length, 20)
      consumer.resume([0, 77])
      await listener.waitFor('40 records of partition 0', () => listener.offsets(0).length >= 40)
      assert.deepEqual(listener.offsets(0), range(0, 40))
      assert.deepEqual(listener.offsets(1), range(0, 15))
    },
  },
  {
    id: 'LOG-22',
    title: 'pausing inside onRecords stops at that hand-over; many pauses lose and repeat nothing',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 60))
      const consuming = kit.prepare({ topic, maxPollRecords: 5, listener: { whenRecords: () => consuming.consumer.pause([0]) } })
      const { consumer, listener } = consuming
      await consumer.start(listener, kit.call())
      for (const handOver of range(1, 13)) {
        await listener.waitFor(`hand-over ${handOver}`, ({ events }) => events.filter(({ type }) => type === 'records').length >= handOver)
        assert.equal(listener.events.filter(({ type }) => type === 'records').length, handOver, 'records arrived while paused')
        if (listener.records.length === 60) break
        consumer.resume([0])
      }
      consumer.resume([0])
      await listener.waitFor('60 records', ({ records }) => records.length >= 60)
      assert.deepEqual(listener.offsets(0), range(0, 60))
    },
  },
  {
    id: 'LOG-23',
    title: 'committing while paused works, and the next consumer does not inherit the pause',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 4))
      const first = await kit.consume({ topic })
      await first.listener.waitFor('4 records', ({ records }) => records.length >= 4)
      first.consumer.pause([0])
      await first.consumer.commit([first.listener.request(0, 2)])
      await first.consumer.stop()
      const second = await kit.consume({ topic })
      await second.listener.waitFor('the rest', ({ records }) => records.length >= 2)
      assert.deepEqual(second.listener.offsets(0), [2, 3])
    },
  },
]
