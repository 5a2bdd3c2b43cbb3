import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { fakeDefinition } from '../test/conformance-options.ts'
import { connectionError, FakeServer, replyError } from '../test/fake-client.ts'
import { redisSink } from './index.ts'
import type { RedisPayload } from './payload.ts'

function fakeSink(server: FakeServer, config: object = {}) {
  return createTestSink(fakeDefinition(server), config, createTestContext({ type: 'redis', name: 'main' }))
}

describe('connect', () => {
  it('fails for good when the password is wrong (RDS-5)', async () => {
    const server = new FakeServer()
    server.connectError = replyError('WRONGPASS invalid username-password pair or user is disabled.', ['me', 'hunter2'])
    const connecting = fakeSink(server).connect?.(deliverCall())
    await expect(connecting).rejects.toMatchObject({
      kind: 'permanent',
      code: 'DRK_SINK_CONNECT_FAILED',
      message: 'Redis refuses the user or password of `url`: WRONGPASS invalid username-password pair or user is disabled.',
    })
  })

  it('may be tried again when there is no server', async () => {
    const server = new FakeServer()
    server.connectError = connectionError()
    await expect(fakeSink(server).connect?.(deliverCall())).rejects.toMatchObject({ kind: 'transient', code: 'DRK_SINK_CONNECT_FAILED' })
  })
})

describe('deliver', () => {
  it('answers each payload by the reply to its command', async () => {
    const server = new FakeServer()
    const sink = fakeSink(server, { key_prefix: 'p:' })
    await sink.connect?.(deliverCall())
    server.nextReplies.push(null, replyError('OOM command not allowed'), null)
    const items = ['a', 'b', 'c', 'forbidden'].map((key) => deliveryItem<RedisPayload>({ key, data: 1 }))
    const answers = await sink.deliver([...items, deliveryItem<RedisPayload>({ key: 'd', data: undefined })], deliverCall())
    const byId = new Map((answers ?? []).map((answer) => [answer.id, answer]))
    expect(items.map(({ id }) => byId.get(id))).toMatchObject([
      { status: 'ok' },
      { status: 'failure', error: { kind: 'transient' } },
      { status: 'ok' },
      { status: 'failure', error: { kind: 'permanent' } },
    ])
    expect(answers).toHaveLength(5)
    expect([...server.entries.keys()]).toEqual(['p:a', 'p:c'])
  })

  it('gives the line and the bytes of a payload without a connection', () => {
    const sink = fakeSink(new FakeServer(), { key_prefix: 'p:' })
    const payload: RedisPayload = { key: 'a', data: 'é' }
    expect(sink.orderingKey?.(payload)).toBe('p:a')
    expect(sink.encode?.(payload)).toEqual({ body: Buffer.from('"é"'), key: Buffer.from('p:a') })
  })

  it('sends nothing for a call that is aborted already', async () => {
    const server = new FakeServer()
    const sink = fakeSink(server)
    await sink.connect?.(deliverCall())
    const item = deliveryItem<RedisPayload>({ key: 'a', data: 1 })
    await expect(sink.deliver([item], deliverCall({ signal: AbortSignal.abort() }))).rejects.toThrow('aborted')
    expect(server.entries.size).toBe(0)
  })
})

describe('handle', () => {
  it('is the client while connected, else an error', async () => {
    const sink = fakeSink(new FakeServer())
    expect(() => sink.handle).toThrow('not connected')
    await sink.connect?.(deliverCall())
    expect(sink.handle).toHaveProperty('duplicate')
    await sink.close?.(deliverCall())
    expect(() => sink.handle).toThrow('not connected')
  })
})

it('is idempotent and ordered, and short in the summary line (SNK-18)', () => {
  expect(redisSink).toMatchObject({
    type: 'redis',
    payloadKey: 'redis',
    short: 'rd',
    idempotent: true,
    capabilities: { ordered: true, batching: true },
  })
})
