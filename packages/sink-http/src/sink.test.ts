import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import type { SinkResponse } from '@drakkar/plugin-sdk'
import { describe, expect, it, vi } from 'vitest'
import { fakeDefinition, instantClock } from '../test/conformance-options.ts'
import { connectionError, FakeReceiver } from '../test/fake-client.ts'
import { httpSink } from './index.ts'
import type { HttpPayload } from './payload.ts'

async function connected(receiver: FakeReceiver, config: object = {}) {
  const clock = instantClock()
  const context = createTestContext({ type: 'http', name: 'main' })
  const sink = createTestSink(fakeDefinition(receiver, clock), { url: 'http://receiver/in', ...config }, context)
  await sink.connect?.(deliverCall())
  return { sink, clock }
}

const items = (count: number) => Array.from({ length: count }, (_, n) => deliveryItem<HttpPayload>({ data: n }))
const statuses = (answers: readonly SinkResponse[] | void) => (answers ?? []).map(({ status }) => status)

describe('concurrency', () => {
  it('is limited over all deliveries together', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver, { concurrency: 4 })
    const answers = await Promise.all([sink.deliver(items(20), deliverCall()), sink.deliver(items(20), deliverCall())])
    expect(answers).toEqual([undefined, undefined])
    expect(receiver.accepted).toHaveLength(40)
    expect(receiver.mostInFlight).toBe(4)
  })

  it('of one begins the requests in the order of the payloads', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver, { concurrency: 1 })
    await sink.deliver(items(10), deliverCall())
    expect(receiver.accepted.map(({ body }) => Number(body))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

describe('a receiver that cannot be reached', () => {
  it('is not asked for every payload of a batch', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver, { concurrency: 4 })
    receiver.isReachable = false
    const answers = (await sink.deliver(items(100), deliverCall())) ?? []
    expect(answers).toHaveLength(100)
    expect(
      answers.every((answer) => answer.status === 'failure' && typeof answer.error === 'object' && answer.error.kind === 'transient'),
    ).toBe(true)
    // Those that were on their way when the fourth failed.
    expect(receiver.requests.length).toBeLessThan(12)
  })

  it('is one that never answers: failures between answers stop nothing', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver, { concurrency: 1 })
    receiver.next.push(connectionError(), connectionError(), {}, connectionError(), connectionError(), { status: 422 })
    expect(statuses(await sink.deliver(items(8), deliverCall()))).toEqual([
      ...['failure', 'failure', 'ok', 'failure', 'failure', 'failure'],
      ...['ok', 'ok'],
    ])
  })

  it('is asked again by the next delivery', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver)
    receiver.isReachable = false
    await sink.deliver(items(50), deliverCall())
    receiver.isReachable = true
    expect(await sink.deliver(items(50), deliverCall())).toBeUndefined()
    expect(receiver.accepted).toHaveLength(50)
  })
})

describe('retries inside the sink (HTS-5)', () => {
  it('wait for what the receiver asks for, at most the time limit', async () => {
    const receiver = new FakeReceiver()
    const { sink, clock } = await connected(receiver, { idempotency_key_header: 'Idempotency-Key', timeout_seconds: 5 })
    receiver.next.push({ status: 429, retryAfter: '2' }, { status: 503, retryAfter: '3600' }, { status: 500 })
    expect(await sink.deliver(items(1), deliverCall())).toBeUndefined()
    expect(clock.waitsMs).toEqual([2000, 5000, 400])
    expect(new Set(receiver.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  })

  it('end after max_retries', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver, { idempotency_key_header: 'Idempotency-Key', max_retries: 2 })
    receiver.isReachable = false
    expect(statuses(await sink.deliver(items(1), deliverCall()))).toEqual(['failure'])
    expect(receiver.requests).toHaveLength(3)
  })

  it('are not made without the header', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver)
    receiver.next.push({ status: 503 })
    expect(statuses(await sink.deliver(items(1), deliverCall()))).toEqual(['failure'])
    expect(receiver.requests).toHaveLength(1)
  })

  it('stop when the call is aborted', async () => {
    const receiver = new FakeReceiver()
    const { sink, clock } = await connected(receiver, { idempotency_key_header: 'Idempotency-Key' })
    const controller = new AbortController()
    vi.spyOn(clock, 'sleep').mockImplementation(async () => controller.abort())
    receiver.isReachable = false
    expect(statuses(await sink.deliver(items(1), deliverCall({ signal: controller.signal })))).toEqual(['failure'])
    expect(receiver.requests).toHaveLength(1)
  })
})

describe('a payload', () => {
  it('without JSON text fails alone and is not sent', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver)
    const answers = await sink.deliver([...items(1), deliveryItem<HttpPayload>({ data: undefined }), ...items(1)], deliverCall())
    expect(answers).toMatchObject([
      { status: 'ok' },
      { status: 'failure', error: { kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID' } },
      { status: 'ok' },
    ])
    expect(receiver.requests).toHaveLength(2)
  })

  it('is sent with its trace context', async () => {
    const receiver = new FakeReceiver()
    const { sink } = await connected(receiver)
    const [first, second] = items(2)
    if (first === undefined || second === undefined) return expect.unreachable()
    await sink.deliver([first, second], deliverCall({ trace: (id) => (id === first.id ? { traceparent: '00-ab' } : undefined) }))
    expect(receiver.requests.map(({ headers }) => headers['traceparent'])).toEqual(['00-ab', undefined])
  })
})

it('cannot be connected to what does not answer', async () => {
  const receiver = new FakeReceiver()
  receiver.isReachable = false
  await expect(connected(receiver)).rejects.toMatchObject({
    kind: 'transient',
    code: 'DRK_SINK_CONNECT_FAILED',
    message: 'Connecting for POST http://receiver failed: connect ECONNREFUSED 127.0.0.1:80',
  })
})

it('is idempotent exactly with an idempotency key (SNK-18, SNK-19)', () => {
  const { idempotent } = httpSink
  const of = (idempotency_key_header: string) =>
    typeof idempotent === 'function' ? idempotent({ idempotency_key_header } as never) : idempotent
  expect([of('Idempotency-Key'), of('')]).toEqual([true, false])
})
