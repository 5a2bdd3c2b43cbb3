import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it, vi } from 'vitest'
import { fakeDefinition } from '../test/conformance-options.ts'
import { FakeCluster } from '../test/fake-client.ts'
import { kafkaSink } from './index.ts'
import type { KafkaPayload } from './payload.ts'

function fakeSink(cluster: FakeCluster, config: object = {}) {
  const context = createTestContext({ type: 'kafka', name: 'main' })
  return { context, sink: createTestSink(fakeDefinition(cluster), { topic: 'results', ...config }, context) }
}
const item = (data: unknown) => deliveryItem<KafkaPayload>({ data })

describe('connect', () => {
  it('names the topic that is missing (SNK-8)', async () => {
    const { sink } = fakeSink(new FakeCluster({ other: 1 }))
    await expect(sink.connect?.(deliverCall())).rejects.toMatchObject({
      code: 'DRK_SINK_CONNECT_FAILED',
      kind: 'permanent',
      message: 'Topic "results" does not exist: create it, or correct `topic`',
    })
  })

  it('refuses idempotence without acks: all', async () => {
    const { sink } = fakeSink(new FakeCluster(), { enable_idempotence: true, acks: 1 })
    await expect(sink.connect?.(deliverCall())).rejects.toMatchObject({
      code: 'DRK_SINK_CONNECT_FAILED',
      message: 'enable_idempotence needs acks: all',
    })
  })
})

describe('deliver', () => {
  it('gives every record of a batch the time of delivery, or its own', async () => {
    const cluster = new FakeCluster()
    const { sink } = fakeSink(cluster)
    await sink.connect?.(deliverCall())
    await sink.deliver([item(1), deliveryItem<KafkaPayload>({ data: 2, timestamp: 5 })], deliverCall())
    expect(cluster.records.map(({ message }) => message.timestamp)).toEqual(['1700000000000', '5'])
  })

  it('puts the trace context of each payload into its headers', async () => {
    const cluster = new FakeCluster()
    const { sink } = fakeSink(cluster)
    await sink.connect?.(deliverCall())
    const first = item(1)
    await sink.deliver([first, item(2)], deliverCall({ trace: (id) => (id === first.id ? { traceparent: '00-ab' } : undefined) }))
    expect(cluster.records.map(({ message }) => message.headers)).toEqual([{ traceparent: '00-ab' }, {}])
  })

  it('sends the bytes that encode gives (DLQ-5)', async () => {
    const cluster = new FakeCluster()
    const { sink } = fakeSink(cluster)
    const payload: KafkaPayload = { key: new Uint8Array([255, 0]), data: { text: 'é' }, headers: { kind: 'test' } }
    const encoded = sink.encode?.(payload)
    await sink.connect?.(deliverCall())
    await sink.deliver([deliveryItem(payload)], deliverCall())
    const [record] = cluster.records
    expect(encoded).toEqual({ body: record?.message.value, key: record?.message.key, headers: [['kind', Buffer.from('test')]] })
    expect(sink.orderingKey?.(payload)).toContain('results')
  })

  it('does not let a delivery overtake one that was aborted but is still on its way', async () => {
    const cluster = new FakeCluster()
    const { sink } = fakeSink(cluster)
    await sink.connect?.(deliverCall())
    cluster.stall()
    const controller = new AbortController()
    const aborted = sink.deliver([item('first')], deliverCall({ signal: controller.signal }))
    await vi.waitFor(() => expect(cluster.requests).toHaveLength(1))
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ kind: 'transient' })
    const second = sink.deliver([item('second')], deliverCall())
    cluster.unstall()
    await second
    expect(cluster.records.map(({ message }) => message.value.toString())).toEqual(['"first"', '"second"'])
  })
})

describe('close', () => {
  it('logs and reports a connection that cannot be ended (KFS-9)', async () => {
    const cluster = new FakeCluster()
    cluster.createClient = () => ({
      ...FakeCluster.prototype.createClient.call(cluster),
      disconnect: () => Promise.reject(new Error('stuck')),
    })
    const { context, sink } = fakeSink(cluster)
    await sink.connect?.(deliverCall())
    await expect(sink.close?.(deliverCall())).rejects.toThrow('stuck')
    expect(context.logger.entries.map(({ event }) => event)).toEqual(['kafka_sink_close_error'])
  })
})

describe('the definition', () => {
  it('is idempotent exactly with enable_idempotence (KFS-8)', () => {
    const idempotent = kafkaSink.idempotent
    const of = (enable_idempotence: boolean) =>
      typeof idempotent === 'function' ? idempotent({ enable_idempotence } as never) : idempotent
    expect([of(true), of(false)]).toEqual([true, false])
  })
})
