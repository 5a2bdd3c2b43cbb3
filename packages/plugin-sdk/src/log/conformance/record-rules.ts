/** LOG-01 … LOG-13: what goes in comes out, in order, byte for byte. */
import assert from 'node:assert/strict'
import type { LogRecord, ProduceRecord } from '../log.ts'
import { numbered, range } from './kit.ts'
import type { Kit } from './kit.ts'
import type { Rule } from './rule.ts'

/** Kafka's murmur2 of these keys, as published with its Java client. */
const keyHashes: readonly (readonly [key: string, hash: number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

export const recordRules: readonly Rule[] = [
  {
    id: 'LOG-01',
    title: 'records of a partition arrive in the order they were sent, each offset once',
    async run(kit) {
      const topic = await kit.topic(3)
      for (const partition of range(0, 3)) await kit.fill(topic, numbered(`p${partition}`, 40), partition)
      const { listener } = await kit.consume({ topic })
      await listener.waitFor('120 records', ({ records }) => records.length >= 120)
      for (const partition of range(0, 3)) {
        assert.deepEqual(listener.values(partition), numbered(`p${partition}`, 40))
        assert.deepEqual(listener.offsets(partition), range(0, 40))
      }
    },
  },
  {
    id: 'LOG-02',
    title: 'send answers with the partition and, when it is known, the offset of each record in the order given',
    async run(kit) {
      const topic = await kit.topic(2)
      const sent = await kit.send([1, 0, 1, 0].map((partition) => ({ topic, partition, value: Buffer.from('v') })))
      assert.deepEqual(
        sent.map(({ partition }) => partition),
        [1, 0, 1, 0],
      )
      assert.ok(sent.every((record) => record.topic === topic))
      const known = sent.map(({ offset }) => offset)
      assert.ok(
        known.every((offset, index) => offset === -1 || offset === [0, 0, 1, 1][index]),
        `offsets ${known.join()}`,
      )
    },
  },
  {
    id: 'LOG-03',
    title: 'sends that overlap keep the order of the calls',
    async run(kit) {
      const topic = await kit.topic()
      const producer = kit.log.producer()
      await producer.connect(kit.call())
      const values = numbered('v', 60)
      await Promise.all(values.map((value) => producer.send([{ topic, partition: 0, value: Buffer.from(value) }])))
      await producer.close()
      const { listener } = await kit.consume({ topic })
      await listener.waitFor('60 records', ({ records }) => records.length >= 60)
      assert.deepEqual(listener.values(), values)
    },
  },
  {
    id: 'LOG-04',
    title: 'keys keep their bytes; no key, an empty key and a binary key are different things',
    async run(kit) {
      const keys = [null, new Uint8Array(0), Uint8Array.of(0, 255, 128, 10), Buffer.from('ключ')]
      const records = await roundTrip(
        kit,
        keys.map((key) => ({ key, value: Buffer.from('v') })),
      )
      assert.deepEqual(
        records.map((record) => hex(record.key)),
        keys.map(hex),
      )
    },
  },
  {
    id: 'LOG-05',
    title: 'headers keep their order, repeated names and binary values',
    async run(kit) {
      const headers = [
        ['b', Uint8Array.of(0, 1, 254, 255)],
        ['a', Buffer.from('first')],
        ['a', Buffer.from('second')],
        ['empty', new Uint8Array(0)],
      ] as const
      const [withHeaders, without] = await roundTrip(kit, [{ value: Buffer.from('v'), headers }, { value: Buffer.from('v') }])
      const seen = withHeaders?.headers.map(([name, value]) => [name, hex(value)])
      assert.deepEqual(
        seen,
        headers.map(([name, value]) => [name, hex(value)]),
      )
      assert.deepEqual(without?.headers, [])
    },
  },
  {
    id: 'LOG-06',
    title: 'a tombstone has no value; an empty value is a value',
    async run(kit) {
      const records = await roundTrip(kit, [
        { key: Buffer.from('k'), value: null },
        { key: Buffer.from('k'), value: new Uint8Array(0) },
      ])
      assert.equal(records[0]?.value, null)
      assert.equal(records[1]?.value?.length, 0)
    },
  },
  {
    id: 'LOG-07',
    title: 'every byte value survives',
    async run(kit) {
      const bytes = Uint8Array.from(range(0, 256))
      const [record] = await roundTrip(kit, [{ value: bytes }])
      assert.equal(hex(record?.value ?? null), hex(bytes))
    },
  },
  {
    id: 'LOG-08',
    title: 'a timestamp given is kept, none given is the present in milliseconds',
    async run(kit) {
      const beforeMs = Date.now()
      const given = beforeMs - 61_001
      const [first, second] = await roundTrip(kit, [{ value: Buffer.from('v'), timestamp: given }, { value: Buffer.from('v') }])
      assert.equal(first?.timestamp, given)
      assert.ok(second !== undefined && second.timestamp >= beforeMs - 1000 && second.timestamp <= Date.now() + 1000)
    },
  },
  {
    id: 'LOG-09',
    title: 'a key chooses the partition that Kafka would choose',
    async run(kit) {
      const topic = await kit.topic(5)
      const sent = await kit.send(keyHashes.map(([key]) => ({ topic, key: Buffer.from(key), value: Buffer.from('v') })))
      assert.deepEqual(
        sent.map(({ partition }) => partition),
        keyHashes.map(([, hash]) => (hash & 0x7fffffff) % 5),
      )
    },
  },
  {
    id: 'LOG-10',
    title: 'a key keeps its partition over producers and handles',
    async run(kit) {
      const topic = await kit.topic(7)
      const records = numbered('key', 30).map((key) => ({ topic, key: Buffer.from(key), value: Buffer.from('v') }))
      const first = await kit.send(records)
      const second = await kit.send(records, await kit.reopen())
      assert.deepEqual(
        second.map(({ partition }) => partition),
        first.map(({ partition }) => partition),
      )
    },
  },
  {
    id: 'LOG-11',
    title: 'records without a key are spread over the partitions',
    async run(kit) {
      const topic = await kit.topic(3)
      for (const value of numbered('v', 30)) await kit.send([{ topic, value: Buffer.from(value) }])
      await kit.send(numbered('w', 60).map((value) => ({ topic, value: Buffer.from(value) })))
      const partitions = new Set((await kit.readAll(topic)).map(({ partition }) => partition))
      assert.ok(partitions.size > 1, 'all records without a key went to one partition')
    },
  },
  {
    id: 'LOG-12',
    title: 'a call of onRecords brings one partition and at most max_poll_records records',
    async run(kit) {
      const topic = await kit.topic(2)
      for (const partition of [0, 1]) await kit.fill(topic, numbered('v', 50), partition)
      const { listener } = await kit.consume({ topic, maxPollRecords: 7 })
      await listener.waitFor('100 records', ({ records }) => records.length >= 100)
      const counts = listener.events.flatMap((event) => (event.type === 'records' ? [event.count] : []))
      assert.ok(
        counts.every((count) => count >= 1 && count <= 7),
        `hand-overs of ${counts.join()}`,
      )
    },
  },
  {
    id: 'LOG-13',
    title: 'a large send and a large record arrive whole',
    async run(kit) {
      const topic = await kit.topic(4)
      const values = numbered('x'.repeat(150), 2000)
      await kit.send(values.map((value, index) => ({ topic, partition: index % 4, value: Buffer.from(value) })))
      await kit.send([{ topic, partition: 0, value: Buffer.alloc(900_000, 7) }])
      const { listener } = await kit.consume({ topic, maxPollRecords: 500 })
      await listener.waitFor('2001 records', ({ records }) => records.length >= 2001)
      for (const partition of range(1, 4))
        assert.deepEqual(
          listener.values(partition),
          values.filter((_, index) => index % 4 === partition),
        )
      assert.deepEqual(
        listener.values(0).slice(0, 500),
        values.filter((_, index) => index % 4 === 0),
      )
      const large = listener.records.findLast((record) => record.partition === 0)?.value
      assert.ok(large !== null && large !== undefined && Buffer.alloc(900_000, 7).equals(large), 'the large record differs')
    },
  },
]

async function roundTrip(kit: Kit, records: readonly Omit<ProduceRecord, 'topic' | 'partition'>[]): Promise<readonly LogRecord[]> {
  const topic = await kit.topic()
  await kit.send(records.map((record) => ({ ...record, topic, partition: 0 })))
  const { listener } = await kit.consume({ topic })
  await listener.waitFor(`${records.length} records`, (seen) => seen.records.length >= records.length)
  return listener.records
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex')
}
