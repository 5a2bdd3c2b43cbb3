/** The Kafka sink on a fake cluster, for the conformance suite and the sink's own tests. */
import { defineSink, type SinkContext, type WireForm } from '@drakkar/plugin-sdk'
import { kafkaSink } from '../src/index.ts'
import type { KafkaPayload } from '../src/payload.ts'
import type { OutgoingRecord } from '../src/request.ts'
import { KafkaSink } from '../src/sink.ts'
import type { KafkaSinkConfig } from '../src/config.ts'
import type { FakeCluster } from './fake-client.ts'

export const sampleNumber = (n: number): KafkaPayload => ({ key: `key-${n}`, data: { n } })
export const samples: readonly KafkaPayload[] = [
  sampleNumber(1),
  { ...sampleNumber(2), headers: { source: 'test' } },
  { key: null, data: ['three'] },
]
/** Of one partition, and too large for one request. */
export const lineSamples: readonly [KafkaPayload, KafkaPayload] = [
  { key: 'line', data: 'a'.repeat(600_000) },
  { key: 'line', data: 'b'.repeat(600_000) },
]
export const refusedSample: KafkaPayload = { key: 'large', data: 'x'.repeat(2_000_000) }
export const invalidPayloads = [{ key: 1, data: 1 }, { key: 'a' }, { data: 1, partition: -1 }, { data: 1, headers: { a: 1 } }]

export function createFakeSink(cluster: FakeCluster, config: KafkaSinkConfig, context: SinkContext): KafkaSink {
  return new KafkaSink({ config, context, now: () => 1_700_000_000_000, createClient: async () => cluster.createClient() })
}

export function fakeDefinition(cluster: FakeCluster) {
  return defineSink({ ...kafkaSink, create: (config, context) => createFakeSink(cluster, config, context) })
}

/** What arrived, as the broker has it. */
export function toWireForm({ message }: { readonly message: Pick<OutgoingRecord['message'], 'key' | 'value' | 'headers'> }): WireForm {
  const headers = Object.entries(message.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, Buffer.from(one)] as const))
  return { body: message.value, key: message.key, headers }
}

/** The payload a record came from. */
export function toPayload({ message }: Pick<OutgoingRecord, 'message'>): KafkaPayload {
  const headers = Object.entries(message.headers).map(([name, value]) => [name, String(value)])
  return {
    key: message.key === null ? null : message.key.toString('utf8'),
    data: JSON.parse(message.value.toString('utf8')),
    ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) as Record<string, string> }),
  }
}
