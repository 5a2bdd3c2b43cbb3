/** LOG-14 … LOG-20: committed offsets, and who may commit them. */
import assert from 'node:assert/strict'
import type { CommitRequest, CommitResult, LogConsumer } from '../log.ts'
import { numbered, range } from './kit.ts'
import type { Rule } from './rule.ts'

export const commitRules: readonly Rule[] = [
  {
    id: 'LOG-14',
    title: 'a committed offset is where the next consumer of the group begins',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 10))
      const first = await kit.consume({ topic })
      await first.listener.waitFor('10 records', ({ records }) => records.length >= 10)
      const request = first.listener.request(0, 6)
      assert.deepEqual(await first.consumer.commit([request]), { committed: [request], refused: [] })
      await first.consumer.stop()
      const second = await kit.consume({ topic })
      assert.equal(second.listener.assigned.get(0)?.committed, 6)
      await second.listener.waitFor('the last record', ({ records }) => records.some(({ offset }) => offset === 9))
      assert.deepEqual(second.listener.offsets(0), range(6, 10))
    },
  },
  {
    id: 'LOG-15',
    title: 'what was not committed is delivered again',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 5))
      const first = await kit.consume({ topic })
      await first.listener.waitFor('5 records', ({ records }) => records.length >= 5)
      await first.consumer.stop()
      const second = await kit.consume({ topic })
      assert.equal(second.listener.assigned.get(0)?.committed, null)
      await second.listener.waitFor('5 records again', ({ records }) => records.length >= 5)
      assert.deepEqual(second.listener.offsets(0), range(0, 5))
    },
  },
  {
    id: 'LOG-16',
    title: 'a commit outlives the handle and is seen by another one',
    async run(kit) {
      const topic = await kit.topic(2)
      await kit.fill(topic, numbered('v', 4), 1)
      const { consumer, listener } = await kit.consume({ topic })
      await listener.waitFor('4 records', ({ records }) => records.length >= 4)
      await consumer.commit([listener.request(1, 4)])
      await consumer.stop()
      await kit.log.close()
      const admin = (await kit.reopen()).admin()
      assert.deepEqual([...(await admin.committed(kit.group, topic))], [[1, 4]])
      await admin.close()
    },
  },
  {
    id: 'LOG-17',
    title: 'groups do not share offsets',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 3))
      const first = await kit.consume({ topic })
      await first.listener.waitFor('3 records', ({ records }) => records.length >= 3)
      await first.consumer.commit([first.listener.request(0, 3)])
      await first.consumer.stop()
      const second = await kit.consume({ topic, group: `${kit.group}-other` })
      await second.listener.waitFor('3 records', ({ records }) => records.length >= 3)
      assert.deepEqual(second.listener.offsets(0), [0, 1, 2])
    },
  },
  {
    id: 'LOG-18',
    title: 'a commit with another epoch, or for a partition that was never ours, is refused and the rest is committed',
    async run(kit) {
      const topic = await kit.topic(2)
      for (const partition of [0, 1]) await kit.fill(topic, numbered('v', 3), partition)
      const { consumer, listener } = await kit.consume({ topic })
      await listener.waitFor('6 records', ({ records }) => records.length >= 6)
      const good = listener.request(0, 2)
      const stale = { ...listener.request(1, 3), epoch: listener.request(1, 3).epoch - 1 }
      const foreign = { partition: 99, epoch: good.epoch, offset: 1 }
      const result = await consumer.commit([good, stale, foreign])
      assert.deepEqual(result.committed, [good])
      assert.deepEqual(sorted(result.refused), sorted([stale, foreign]))
      assert.deepEqual([...(await kit.committed(topic))], [[0, 2]])
    },
  },
  {
    id: 'LOG-19',
    title: 'a commit after stop changes nothing',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 3))
      const { consumer, listener } = await kit.consume({ topic })
      await listener.waitFor('3 records', ({ records }) => records.length >= 3)
      const request = listener.request(0, 3)
      await consumer.stop()
      const result = await commitOrRefuse(consumer, [request])
      assert.deepEqual(result.committed, [])
      assert.equal((await kit.committed(topic)).get(0), undefined)
    },
  },
  {
    id: 'LOG-20',
    title: 'lag is the distance from the committed offset to the end, per assigned partition',
    async run(kit) {
      const topic = await kit.topic(2)
      await kit.fill(topic, numbered('v', 8), 0)
      await kit.fill(topic, numbered('v', 3), 1)
      const { consumer, listener } = await kit.consume({ topic })
      await listener.waitFor('11 records', ({ records }) => records.length >= 11)
      await consumer.commit([listener.request(0, 6)])
      await kit.until('a lag of 2 and 3', async () => {
        const lag = await consumer.lag()
        return lag.size === 2 && lag.get(0) === 2 && lag.get(1) === 3
      })
    },
  },
]

/** Rejecting and refusing are both right once the consumer has stopped. */
async function commitOrRefuse(consumer: LogConsumer, requests: readonly CommitRequest[]): Promise<CommitResult> {
  try {
    return await consumer.commit(requests)
  } catch {
    return { committed: [], refused: requests }
  }
}

function sorted(requests: readonly CommitRequest[]): CommitRequest[] {
  return requests.toSorted((a, b) => a.partition - b.partition)
}
