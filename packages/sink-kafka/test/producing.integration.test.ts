import { createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { ok, type SinkResponse } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { kafkaSink, type KafkaPayload } from '../src/index.ts'
import { brokers, leftOut, RealTopic } from './real-cluster.ts'
import { withSockets } from './with-sockets.ts'

async function connected(topic: RealTopic, config: object = {}) {
  const sink = createTestSink(withSockets(kafkaSink, topic.sockets), { topic: topic.name, brokers, ...config })
  await sink.connect?.(deliverCall())
  return {
    /** `ok`, or kind and text of the error, in the order of the payloads. */
    async deliver(...payloads: readonly KafkaPayload[]): Promise<string[]> {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, deliverCall())) ?? items.map(({ id }) => ok(id))
      return items.map(({ id }) => shown(responses.find((response) => response.id === id)))
    },
    [Symbol.asyncDispose]: async () => sink.close?.(deliverCall()),
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  return typeof response.error === 'string' ? response.error : `${response.error.kind}: ${response.error.message}`
}

const values = async (topic: RealTopic) => (await topic.read()).map(({ value }) => JSON.parse(String(value)) as unknown)
const tooLarge = 'x'.repeat(2_000_000)

describe.skipIf(brokers === '')(`producing to a real broker${leftOut}`, () => {
  it('keeps binary keys, headers, timestamps and partitions (KFS-6, COL-6)', async () => {
    await using topic = await RealTopic.create(3)
    await using sink = await connected(topic)
    const key = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(
      await sink.deliver({
        key,
        data: { a: 'é' },
        partition: 2,
        timestamp: 1234567890123,
        headers: { one: new Uint8Array([255, 0]), two: ['x', 'y'] },
      }),
    ).toEqual(['ok'])
    const [message] = await topic.read()
    expect(message).toMatchObject({ partition: 2, timestamp: '1234567890123', key: Buffer.from(key), value: Buffer.from('{"a":"é"}') })
    expect(message?.headers).toEqual({ one: Buffer.from([255, 0]), two: [Buffer.from('x'), Buffer.from('y')] })
  })

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('compression %s arrives readable', async (compression) => {
    await using topic = await RealTopic.create()
    await using sink = await connected(topic, { compression })
    const payloads = Array.from({ length: 200 }, (_, n) => ({ data: { n, text: 'abc'.repeat(100) } }))
    expect(new Set(await sink.deliver(...payloads))).toEqual(new Set(['ok']))
    expect(await values(topic)).toEqual(payloads.map(({ data }) => data))
  })

  it('fails a payload over the limit of the broker alone, and sends nothing twice (KFS-7)', async () => {
    await using topic = await RealTopic.create(3)
    await using sink = await connected(topic)
    const payloads = Array.from({ length: 20 }, (_, n) => ({ data: n % 7 === 3 ? tooLarge : n, partition: n % 3 }))
    const answers = await sink.deliver(...payloads)
    expect(answers.map((answer) => answer.split(':')[0])).toEqual(payloads.map(({ data }) => (data === tooLarge ? 'permanent' : 'ok')))
    const arrived = (await values(topic)).toSorted((a, b) => Number(a) - Number(b))
    expect(arrived).toEqual(payloads.map(({ data }) => data).filter((data) => data !== tooLarge))
  })

  it.each([false, true])('finds the payload to blame in a mixed request, enable_idempotence %s', async (enable_idempotence) => {
    await using topic = await RealTopic.create(2)
    await using sink = await connected(topic, { enable_idempotence, max_request_bytes: 100_000_000 })
    const answers = await sink.deliver({ data: 'a', partition: 0 }, { data: tooLarge, partition: 1 }, { data: 'b', partition: 0 })
    expect(answers.map((answer) => answer.split(':')[0])).toEqual(['ok', 'permanent', 'ok'])
    // As many records for the partition as before: with the old sequence numbers they would pass for copies.
    expect(await sink.deliver({ data: 'c', partition: 0 }, { data: 'd', partition: 0 })).toEqual(['ok', 'ok'])
    expect(new Set(await values(topic))).toEqual(new Set(['a', 'b', 'c', 'd']))
  })

  it('does not lose a record for a partition that does not exist without a word', async () => {
    await using topic = await RealTopic.create(2)
    await using sink = await connected(topic)
    const answers = await sink.deliver({ data: 1, partition: 0 }, { data: 2, partition: 7 })
    expect(answers).toEqual(['ok', expect.stringContaining('has 2 partitions, there is no partition 7')])
  })

  it('sends to another topic where it is allowed, and fails only the payload whose topic is missing', async () => {
    await using topic = await RealTopic.create()
    await using other = await RealTopic.create()
    await using sink = await connected(topic, { allow_topic_override: true })
    const answers = await sink.deliver({ data: 1 }, { data: 2, topic: other.name }, { data: 3, topic: 'no-such-topic-of-drakkar' })
    expect(answers).toEqual(['ok', 'ok', expect.stringContaining('permanent: ')])
    expect([new Set(await values(topic)), new Set(await values(other))]).toEqual([new Set([1]), new Set([2])])
  })

  it.each([false, true])(
    'delivers every acknowledged payload through lost connections, enable_idempotence %s',
    async (enable_idempotence) => {
      await using topic = await RealTopic.create(4)
      await using sink = await connected(topic, { enable_idempotence })
      const acknowledged: number[] = []
      for (let n = 0; n < 60; n += 1) {
        const delivering = sink.deliver({ data: n, key: String(n) }, { data: n + 1000 })
        if (n % 9 === 4) topic.sockets.cut()
        const answers = await delivering
        answers.forEach((answer, index) => void (answer === 'ok' && acknowledged.push(n + index * 1000)))
        topic.sockets.restore()
      }
      expect(acknowledged.length).toBeGreaterThan(60)
      const arrived = new Set(await values(topic))
      expect(acknowledged.filter((n) => !arrived.has(n))).toEqual([])
    },
  )
})
