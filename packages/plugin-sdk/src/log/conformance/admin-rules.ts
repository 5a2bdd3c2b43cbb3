/** LOG-41 … LOG-46: topics, and what is said when there is none. */
import assert from 'node:assert/strict'
import { LogError } from '../../errors.ts'
import { numbered } from './kit.ts'
import type { Rule } from './rule.ts'

export const adminRules: readonly Rule[] = [
  {
    id: 'LOG-41',
    title: 'createTopic does nothing when the topic exists',
    async run(kit) {
      const topic = await kit.topic(3)
      await kit.fill(topic, ['kept'], 2)
      await kit.withAdmin((admin) => admin.createTopic(topic, 5))
      assert.deepEqual(await kit.withAdmin((admin) => admin.describeTopic(topic)), { topic, partitions: 3 })
      assert.equal((await kit.readAll(topic)).length, 1)
    },
  },
  {
    id: 'LOG-42',
    title: 'describeTopic answers null when there is no such topic',
    async run(kit) {
      assert.equal(await kit.withAdmin((admin) => admin.describeTopic(kit.unusedTopic())), null)
    },
  },
  {
    id: 'LOG-43',
    title: 'offsets gives the first and the end offset of each partition, ascending',
    async run(kit) {
      const topic = await kit.topic(3)
      await kit.fill(topic, numbered('v', 4), 1)
      const offsets = await kit.withAdmin((admin) => admin.offsets(topic))
      assert.deepEqual(
        [...offsets],
        [
          [0, { start: 0, end: 0 }],
          [1, { start: 0, end: 4 }],
          [2, { start: 0, end: 0 }],
        ],
      )
    },
  },
  {
    id: 'LOG-44',
    title: 'deleteRecords moves the first offset; the end stays; deleting again or below does nothing',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 6))
      await kit.deleteRecords(topic, 0, 4)
      await kit.deleteRecords(topic, 0, 4)
      await kit.deleteRecords(topic, 0, 1)
      assert.deepEqual((await kit.withAdmin((admin) => admin.offsets(topic))).get(0), { start: 4, end: 6 })
      await kit.deleteRecords(topic, 0, 6)
      assert.deepEqual((await kit.withAdmin((admin) => admin.offsets(topic))).get(0), { start: 6, end: 6 })
      await kit.fill(topic, ['next'])
      assert.deepEqual(
        (await kit.readAll(topic)).map(({ offset }) => offset),
        [6],
      )
    },
  },
  {
    id: 'LOG-45',
    title: 'a missing topic is named as such by start, offsets and read; send to it fails',
    async run(kit) {
      const topic = kit.unusedTopic()
      const missing = (error: unknown): boolean =>
        LogError.isInstance(error) && error.code === 'DRK_LOG_TOPIC_MISSING' && error.message.includes(topic)
      await assert.rejects(kit.consume({ topic }), missing)
      await assert.rejects(
        kit.withAdmin((admin) => admin.offsets(topic)),
        missing,
      )
      await assert.rejects(kit.readAll(topic), missing)
      await assert.rejects(kit.send([{ topic, value: Buffer.from('v') }]), (error) => LogError.isInstance(error))
      assert.equal(await kit.withAdmin((admin) => admin.describeTopic(topic)), null)
    },
  },
  {
    id: 'LOG-46',
    title: 'committed offsets of an unknown group are none',
    async run(kit) {
      const topic = await kit.topic()
      assert.equal((await kit.committed(topic, `${kit.group}-unknown`)).size, 0)
    },
  },
]
