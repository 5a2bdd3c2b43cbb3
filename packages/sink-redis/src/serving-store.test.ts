import { createTestContext, createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import type { ServingStore } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { fakeDefinition } from '../test/conformance-options.ts'
import { FakeServer, replyError } from '../test/fake-client.ts'

const { signal } = new AbortController()

async function storeOn(server: FakeServer, config: object = {}) {
  const sink = createTestSink(fakeDefinition(server), config, createTestContext({ type: 'redis' }))
  await sink.connect?.(deliverCall())
  return { sink, store: sink.servingStore as ServingStore }
}

it('keeps bytes under the prefix of the sink and a name of its own (NMF-16)', async () => {
  const server = new FakeServer()
  const { store } = await storeOn(server, { key_prefix: 'p:' })
  const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  await store.put('a', body, { signal, ttlSeconds: 60 })
  expect([...server.bytes]).toEqual([['p:drakkar:serving:a', { body, ttlMs: 60_000 }]])
  expect([await store.get('a', { signal }), await store.get('b', { signal })]).toEqual([body, null])
})

it.each([
  [0.0001, 1],
  [1.5, 1500],
])('lets an answer with %d s live for at least that long', async (ttlSeconds, ttlMs) => {
  const server = new FakeServer()
  const { store } = await storeOn(server)
  await store.put('a', new Uint8Array(), { signal, ttlSeconds })
  expect(server.bytes.get('drakkar:serving:a')?.ttlMs).toBe(ttlMs)
})

it.each([
  ['a reply that may pass', replyError('OOM command not allowed'), 'transient'],
  ['a reply that does not pass', replyError('NOPERM no'), 'permanent'],
])('rejects with a classified error for %s', async (_what, reply, kind) => {
  const server = new FakeServer()
  const { store } = await storeOn(server)
  server.nextReplies.push(reply)
  await expect(store.put('a', new Uint8Array(1), { signal, ttlSeconds: 1 })).rejects.toMatchObject({ kind })
})

it('rejects what is too large for the server, and a time to live that is none', async () => {
  const server = new FakeServer()
  const { store } = await storeOn(server, { max_value_bytes: 3 })
  await expect(store.put('a', new Uint8Array(4), { signal, ttlSeconds: 1 })).rejects.toMatchObject({ kind: 'permanent' })
  await expect(store.put('a', new Uint8Array(3), { signal, ttlSeconds: 0 })).rejects.toMatchObject({ kind: 'permanent' })
  expect(server.bytes.size).toBe(0)
})

it('is transient while the server is away, without a connection, and for an aborted call', async () => {
  const server = new FakeServer()
  const { sink, store } = await storeOn(server)
  const putting = (options = { signal, ttlSeconds: 1 }) => store.put('a', new Uint8Array(1), options)
  server.isReachable = false
  await expect(putting()).rejects.toMatchObject({ kind: 'transient' })
  await expect(store.get('a', { signal })).rejects.toMatchObject({ kind: 'transient' })
  server.isReachable = true
  await expect(putting({ signal: AbortSignal.abort(), ttlSeconds: 1 })).rejects.toMatchObject({ kind: 'transient' })
  server.stall()
  const controller = new AbortController()
  const aborted = putting({ signal: controller.signal, ttlSeconds: 1 })
  controller.abort()
  await expect(aborted).rejects.toMatchObject({ kind: 'transient' })
  server.unstall()
  await sink.close?.(deliverCall())
  await expect(putting()).rejects.toMatchObject({ code: 'DRK_SINK_NOT_CONNECTED' })
})
