/** LOG-36 … LOG-40: reading without a group. */
import assert from 'node:assert/strict'
import { textOf } from './collecting-listener.ts'
import { numbered, range } from './kit.ts'
import type { Rule } from './rule.ts'
import { withDeadline } from './wait-until.ts'

export const readRules: readonly Rule[] = [
  {
    id: 'LOG-36',
    title: 'read ends at the end it found, with every record in order per partition',
    async run(kit) {
      const topic = await kit.topic(2)
      for (const partition of [0, 1]) await kit.fill(topic, numbered(`p${partition}`, 30), partition)
      const records = await kit.readAll(topic)
      for (const partition of [0, 1]) {
        assert.deepEqual(records.filter((record) => record.partition === partition).map(textOf), numbered(`p${partition}`, 30))
      }
      assert.equal(records.length, 60)
      assert.deepEqual(await kit.readAll(await kit.topic(2)), [])
    },
  },
  {
    id: 'LOG-37',
    title: 'read begins at given offsets, and reads only the partitions asked for',
    async run(kit) {
      const topic = await kit.topic(3)
      for (const partition of range(0, 3)) await kit.fill(topic, numbered('v', 10), partition)
      const records = await kit.readAll(topic, { partitions: [0, 2], from: new Map([[2, 7]]) })
      const offsets = (partition: number): number[] =>
        records.filter((record) => record.partition === partition).map(({ offset }) => offset)
      assert.deepEqual([offsets(0), offsets(1), offsets(2)], [range(0, 10), [], range(7, 10)])
    },
  },
  {
    id: 'LOG-38',
    title: 'read begins at the first record that still exists',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('v', 8))
      await kit.deleteRecords(topic, 0, 3)
      assert.deepEqual(
        (await kit.readAll(topic)).map(({ offset }) => offset),
        range(3, 8),
      )
      assert.deepEqual(
        (await kit.readAll(topic, { from: new Map([[0, 1]]) })).map(({ offset }) => offset),
        range(3, 8),
      )
    },
  },
  {
    id: 'LOG-39',
    title: 'read with follow waits for new records and ends without an error when it is aborted',
    async run(kit) {
      const topic = await kit.topic(2)
      await kit.fill(topic, ['old'], 0)
      const abort = new AbortController()
      const seen: (string | null)[] = []
      const reading = (async () => {
        for await (const record of kit.log.read(topic, { signal: abort.signal, follow: true })) seen.push(textOf(record))
      })()
      await kit.until('the old record', () => seen.length >= 1)
      await kit.fill(topic, ['new'], 1)
      await kit.until('the new record', () => seen.length >= 2)
      abort.abort()
      await withDeadline(reading, { what: 'the aborted read to end', deadlineMs: kit.deadlineMs })
      assert.deepEqual(seen, ['old', 'new'])
    },
  },
  {
    id: 'LOG-40',
    title: 'read from the end leaves out what was there; leaving the loop early ends the read',
    async run(kit) {
      const topic = await kit.topic()
      await kit.fill(topic, numbered('old', 5))
      assert.deepEqual(await kit.readAll(topic, { from: 'end' }), [])
      await kit.fill(topic, numbered('old', 5))
      for await (const record of kit.log.read(topic, kit.call())) {
        assert.equal(record.offset, 0)
        break
      }
      assert.equal((await kit.committed(topic)).size, 0)
    },
  },
]
