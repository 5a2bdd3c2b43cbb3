/** LOG-30 … LOG-35: where a consumer begins, and what happens when that place is gone. */
import assert from 'node:assert/strict'
import type { ConsumerOptions } from '../log.ts'
import { numbered, range } from './kit.ts'
import type { Consuming, Kit } from './kit.ts'
import type { Rule } from './rule.ts'

export const offsetRules: readonly Rule[] = [
  {
    id: 'LOG-30',
    title: 'offset reset earliest begins at the first record that exists',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 6))
      await kit.deleteRecords(topic, 0, 2)
      const { listener } = await kit.consume({ topic, offsetReset: 'earliest' })
      await listener.waitFor('4 records', ({ records }) => records.length >= 4)
      assert.deepEqual(listener.offsets(0), range(2, 6))
      assert.deepEqual(listener.errors, [])
    },
  },
  {
    id: 'LOG-31',
    title: 'offset reset latest begins with what is sent after the start',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('old', 6))
      const { listener } = await kit.consume({ topic, offsetReset: 'latest' })
      await sendUntilSeen(kit, topic, listener)
      assert.ok(
        listener.values().every((value) => value === 'new'),
        `delivered ${listener.values().join()}`,
      )
      const offsets = listener.offsets(0)
      assert.deepEqual(offsets, range(offsets[0] ?? 0, (offsets[0] ?? 0) + offsets.length))
    },
  },
  {
    id: 'LOG-32',
    title: 'out of range with stop: reported, the partition stays silent, the others go on',
    async run(kit) {
      const { topic, listener } = await outOfRange(kit, 'stop')
      await listener.waitFor('the error', ({ errors }) => errors.some(({ code }) => code === 'DRK_LOG_OFFSET_OUT_OF_RANGE'))
      await kit.fill(topic, ['more'], 0)
      await kit.fill(topic, ['other'], 1)
      await listener.waitFor('partition 1', (seen) => seen.values(1).includes('other'))
      assert.deepEqual(listener.offsets(0), [])
      assert.ok(listener.errors.every(({ kind }) => kind !== 'fatal'))
      assert.equal((await kit.committed(topic)).get(0), 2)
    },
  },
  {
    id: 'LOG-33',
    title: 'out of range with earliest: reported, continues at the first record that exists',
    async run(kit) {
      const { listener } = await outOfRange(kit, 'earliest')
      await listener.waitFor('5 records', (seen) => seen.offsets(0).length >= 5)
      assert.deepEqual(listener.offsets(0), range(5, 10))
      await listener.waitFor('the error', ({ errors }) => errors.some(({ code }) => code === 'DRK_LOG_OFFSET_OUT_OF_RANGE'))
      assert.ok(listener.errors.every(({ kind }) => kind !== 'fatal'))
    },
  },
  {
    id: 'LOG-34',
    title: 'out of range with latest: reported, continues with what is sent later',
    async run(kit) {
      const { topic, listener } = await outOfRange(kit, 'latest')
      await sendUntilSeen(kit, topic, listener)
      assert.ok(
        listener.offsets(0).every((offset) => offset >= 10),
        `delivered ${listener.offsets(0).join()}`,
      )
      await listener.waitFor('the error', ({ errors }) => errors.some(({ code }) => code === 'DRK_LOG_OFFSET_OUT_OF_RANGE'))
      assert.ok(listener.errors.every(({ kind }) => kind !== 'fatal'))
    },
  },
  {
    id: 'LOG-35',
    title: 'a committed offset at the end is in range: nothing is reported and nothing delivered twice',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 3))
      const first = await kit.consume({ topic })
      await first.listener.waitFor('3 records', ({ records }) => records.length >= 3)
      await first.consumer.commit([first.listener.request(0, 3)])
      await first.consumer.stop()
      const second = await kit.consume({ topic })
      await kit.fill(topic, ['next'])
      await second.listener.waitFor('the next record', ({ records }) => records.length >= 1)
      assert.deepEqual(second.listener.offsets(0), [3])
      assert.deepEqual(second.listener.errors, [])
    },
  },
]

/** A started consumer whose committed offset of partition 0 (2 of 10) has been deleted; the first that exists is 5. */
async function outOfRange(kit: Kit, policy: ConsumerOptions['onOffsetOutOfRange']): Promise<Consuming & { topic: string }> {
  const topic = await kit.topic(2)
  await kit.fill(topic, numbered('v', 10), 0)
  const first = await kit.consume({ topic })
  await first.listener.waitFor('10 records', ({ records }) => records.length >= 10)
  await first.consumer.commit([first.listener.request(0, 2)])
  await first.consumer.stop()
  await kit.deleteRecords(topic, 0, 5)
  return { topic, ...(await kit.consume({ topic, onOffsetOutOfRange: policy })) }
}

/** Where "latest" is may be found out only after the start, so records are sent until one arrives. */
async function sendUntilSeen(kit: Kit, topic: string, listener: Consuming['listener']): Promise<void> {
  await kit.until('a new record', async () => {
    await kit.fill(topic, ['new'])
    return listener.records.length > 0
  })
}
