/** The serving store of the Redis sink on a real server: bytes, expiry, and what an outage does to it. */
import type { ServingStore } from '@drakkar/plugin-sdk'
import { createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import redisSink from '@drakkar/sink-redis'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { FaultProxy } from '../support/fault-proxy.ts'

let redis: ServiceHandle
let proxy: FaultProxy

beforeAll(async () => {
  redis = await startService('redis')
  const { hostname: host, port } = new URL(redis.url)
  proxy = await FaultProxy.start({ host, port: Number(port) })
})

afterAll(async () => {
  await proxy.close()
  await redis.dispose()
})

const { signal } = new AbortController()

async function connected(config: object = {}) {
  const sink = createTestSink(redisSink, { url: `redis://127.0.0.1:${proxy.port}/0`, key_prefix: 'test:', ...config })
  await sink.connect?.(deliverCall())
  return { store: sink.servingStore as ServingStore, [Symbol.asyncDispose]: async () => sink.close?.(deliverCall()) }
}

it('gives back every byte, to every worker', async () => {
  await using one = await connected()
  await using other = await connected()
  const body = Uint8Array.from({ length: 100_000 }, (_, place) => (place * 7) % 256)
  await one.store.put('request ä', body, { signal, ttlSeconds: 60 })
  await one.store.put('empty', new Uint8Array(), { signal, ttlSeconds: 60 })
  expect(Buffer.from((await other.store.get('request ä', { signal })) ?? []).equals(Buffer.from(body))).toBe(true)
  expect(await other.store.get('empty', { signal })).toHaveLength(0)
  expect(await other.store.get('unknown', { signal })).toBeNull()
})

it('replaces what the id had, and keeps apart what other prefixes have', async () => {
  await using one = await connected()
  await using other = await connected({ key_prefix: 'other:' })
  await one.store.put('a', Buffer.from('first'), { signal, ttlSeconds: 60 })
  await one.store.put('a', Buffer.from('second'), { signal, ttlSeconds: 60 })
  expect(String(await one.store.get('a', { signal }))).toBe('second')
  expect(await other.store.get('a', { signal })).toBeNull()
})

it('forgets an answer whose time is over', async () => {
  await using one = await connected()
  await one.store.put('short', Buffer.from('x'), { signal, ttlSeconds: 0.2 })
  await vi.waitFor(async () => expect(await one.store.get('short', { signal })).toBeNull(), { timeout: 10_000 })
})

it('rejects during an outage as transient and works again after it', async () => {
  await using one = await connected()
  proxy.refuse()
  await expect(one.store.put('b', Buffer.from('x'), { signal, ttlSeconds: 60 })).rejects.toMatchObject({ kind: 'transient' })
  await expect(one.store.get('b', { signal })).rejects.toMatchObject({ kind: 'transient' })
  proxy.accept()
  await vi.waitFor(() => one.store.put('b', Buffer.from('x'), { signal, ttlSeconds: 60 }), { timeout: 10_000 })
  expect(String(await one.store.get('b', { signal }))).toBe('x')
})
