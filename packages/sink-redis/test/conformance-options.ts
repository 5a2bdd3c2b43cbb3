/** The Redis sink on a fake server, for the conformance suite and the sink's own tests. */
import { defineSink } from '@drakkar/plugin-sdk'
import { redisSink, type RedisPayload } from '../src/index.ts'
import { RedisSink } from '../src/sink.ts'
import type { FakeServer } from './fake-client.ts'

export const sampleNumber = (n: number): RedisPayload => ({ key: `key-${n}`, data: { n } })
export const samples: readonly RedisPayload[] = [sampleNumber(1), { ...sampleNumber(2), ttl: 60 }, { key: 'three', data: ['three'] }]
export const lineSamples: readonly [RedisPayload, RedisPayload] = [
  { key: 'line', data: 'first' },
  { key: 'line', data: 'second' },
]
export const refusedSample: RedisPayload = { key: 'forbidden', data: 1 }
export const invalidPayloads = [
  { key: 1, data: 1 },
  { key: 'a' },
  { data: 1 },
  ...[0, -1, 1.5, '5'].map((ttl) => ({ key: 'a', data: 1, ttl })),
]

export function fakeDefinition(server: FakeServer) {
  const createClient = async () => server.createClient()
  return defineSink({ ...redisSink, create: (config, context) => new RedisSink({ config, context, createClient }) })
}

/** The payloads that gave the keys of the server. */
export function storedPayloads(server: FakeServer): readonly RedisPayload[] {
  return [...server.entries].map(([key, { value, ttlSeconds }]) => ({
    key,
    data: JSON.parse(value),
    ...(ttlSeconds === null ? {} : { ttl: ttlSeconds }),
  }))
}
