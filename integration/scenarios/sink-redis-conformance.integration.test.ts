/** The rules of a sink, for the Redis sink on a real server behind a proxy that fails on demand. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SinkHandleMap } from '@drakkar/plugin-sdk'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import redisSink from '@drakkar/sink-redis'
import { afterAll, beforeAll, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { FaultProxy } from '../support/fault-proxy.ts'

let redis: ServiceHandle
let judge: ReturnType<typeof createTestSink<typeof redisSink.config, typeof redisSink.payload>>

/** What the judge, connected without the proxy, does on the server. */
const driver = () => judge.handle as SinkHandleMap['redis']

beforeAll(async () => {
  redis = await startService('redis')
  judge = createTestSink(redisSink, { url: redis.url })
  await judge.connect?.(deliverCall())
  // Unlike the default user this one may not touch every key.
  await driver().call('ACL', 'SETUSER', 'tester', 'on', '>top-secret', '+@all', '~*:allowed:*', '~*:drakkar:serving:*')
})

afterAll(async () => {
  await judge.close?.(deliverCall())
  await redis.dispose()
})

interface Target {
  readonly proxy: FaultProxy
  readonly prefix: string
}

sinkConformance(it, {
  definition: redisSink,
  createTarget: async (): Promise<Target> => {
    const { hostname: host, port } = new URL(redis.url)
    return { proxy: await FaultProxy.start({ host, port: Number(port) }), prefix: `${randomUUID()}:` }
  },
  config: ({ proxy, prefix }) => ({ url: `redis://tester:top-secret@127.0.0.1:${proxy.port}/0`, key_prefix: prefix }),
  samples: [1, 2].map((n) => ({ key: `allowed:${n}`, data: { n } })),
  sampleNumber: (n) => ({ key: `allowed:${n}`, data: { n } }),
  lineSamples: ['first', 'second'].map((data) => ({ key: 'allowed:line', data })) as [object, object],
  keepsLastOfLine: true,
  // A passing reply is about the whole server: NOREPLICAS, for every command that writes.
  failForNow: async () => void (await driver().config('SET', 'min-replicas-to-write', '1')),
  refusedSample: { key: 'forbidden', data: 1 },
  probe: async ({ prefix }) => {
    const keys = (await driver().keys(`${prefix}*`)).toSorted()
    const values = keys.length === 0 ? [] : await driver().mget(keys)
    return keys.map((key, index) => ({ key: key.slice(prefix.length), data: JSON.parse(values[index] ?? 'null') as unknown }))
  },
  probeWire: async ({ prefix }) => {
    const keys = await driver().keysBuffer(`${prefix}*`)
    return Promise.all(keys.map(async (key) => ({ key, body: (await driver().getBuffer(key)) ?? Buffer.alloc(0) })))
  },
  passTime: (_target, seconds) => sleep(seconds * 1000 + 50),
  makeUnreachable: ({ proxy }) => proxy.refuse(),
  makeReachable: ({ proxy }) => proxy.accept(),
  stall: ({ proxy }) => void (proxy.isHalfOpen = true),
  unstall: ({ proxy }) => void (proxy.isHalfOpen = false),
  openHandles: async ({ proxy }) => proxy.untilClosed(),
  disposeTarget: async ({ proxy }) => {
    await driver().config('SET', 'min-replicas-to-write', '0')
    await proxy.close()
  },
})
