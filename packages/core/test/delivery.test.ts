/** The delivery engine as a configuration switches it on, on a whole worker. */
import { defineSink, failure, fallback, onSuccess, serve, SinkError, type DeliverCall, type ServingStore } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { createHarness, hastyClock } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { until } from './support/waiting.ts'

const handler = defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: [String(message.offset)] })),
  onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
})
const values = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const { signal } = new AbortController()

describe('a breaker that holds', () => {
  it('rests the source while the sink is down, shows it, and goes on by itself: only what opened it is dead', async () => {
    const recorder = createRecorder()
    let healthy = false
    recorder.script = (items) =>
      healthy ? 'normal' : items.map(({ id }) => failure(id, new SinkError({ kind: 'transient', message: 'down' })))
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder, { batching: false })],
      config: {
        sinks: { record: { main: { circuit_breaker: { failure_threshold: 2, cooldown_seconds: 0.2, on_open: 'hold' } } } },
      },
      until: 'stopped',
    })
    await harness.send(values(200))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.throttles.includes('record/main:circuit') === true)
    expect(harness.app.snapshot()?.paused).toBe(true)
    expect(harness.app.snapshot()?.sinks[0]?.circuit_state).toBe('open')
    healthy = true
    await until(() => harness.app.snapshot()?.counters.completed === 200)
    expect(harness.app.snapshot()?.sinks[0]).toMatchObject({ circuit_state: 'closed', dead_lettered_payloads: 2 })
    harness.app.stop()
    await run
    expect(recorder.delivered).toHaveLength(198)
    expect(await harness.committed()).toEqual(new Map([[0, 200]]))
    expect(harness.events()).toContain('sink_circuit_opened')
  })
})

describe('a breaker that dead-letters', () => {
  it('spares the sink, and the records say that it was open', async () => {
    const recorder = createRecorder()
    recorder.script = () => {
      throw new SinkError({ kind: 'transient', message: 'down' })
    }
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder, { batching: false })],
      config: { sinks: { circuit_breaker: { failure_threshold: 3 }, record: { main: {} } } },
    })
    await harness.send(values(20))
    await harness.app.run()
    expect(recorder.calls).toHaveLength(3)
    const letters = await harness.deadLetters()
    expect(letters.filter(({ error, attempt_count }) => error === 'circuit open' && attempt_count === 0)).toHaveLength(17)
    expect(letters.filter(({ error, attempt_count }) => error === 'down' && attempt_count === 1)).toHaveLength(3)
    expect(await harness.committed()).toEqual(new Map([[0, 20]]))
  })
})

describe('FALLBACK and ON_SUCCESS', () => {
  it('reach sinks of other types, as the handler converts payloads', async () => {
    const recorder = createRecorder()
    recorder.script = (items) => items.map(({ id }, index) => (index % 2 === 0 ? fallback(id, 'too slow') : onSuccess(id)))
    const [slow, fast] = [createRecorder(), createRecorder()]
    const harness = await createHarness({
      handler: {
        arrange: (messages) => messages.map((message) => task({ from: message, args: [] })),
        onTaskComplete: () => ({ record: [{ data: 'a' }, { data: 'b' }] }),
        convertPayload: (payload, { from, to }) => ({ data: `${JSON.stringify(payload)} ${from} → ${to}` }),
      },
      sinks: [recordSink(recorder), recordSink(slow, { type: 'slow' }), recordSink(fast, { type: 'fast' })],
      config: { sinks: { record: { main: { fallback: 'slow/main', on_success: 'fast/main' } }, slow: { main: {} }, fast: { main: {} } } },
    })
    await harness.send(values(1))
    await harness.app.run()
    expect(slow.delivered.map(({ data }) => data)).toEqual(['{"data":"a"} record/main → slow/main'])
    expect(fast.delivered.map(({ data }) => data)).toEqual(['{"data":"b"} record/main → fast/main'])
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })
})

describe('SERVE', () => {
  it('answers are kept in memory and read back by request id', async () => {
    const recorder = createRecorder()
    recorder.script = (items) => items.map(({ id, payload }) => serve(id, Buffer.from(`answer ${String(payload.data)}`)))
    const harness = await createHarness({
      handler: {
        arrange: (messages) => messages.map((message) => task({ from: message, args: [] })),
        onTaskComplete: ({ task: done }) => ({ record: [{ data: 1, payloadId: `request-${done.sourceOffsets[0]}` }] }),
      },
      sinks: [recordSink(recorder)],
      config: { serving: { store: 'memory' } },
      until: 'stopped',
    })
    await expect(harness.app.served('request-1', { signal })).rejects.toThrow('not running')
    await harness.send(values(2))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.completed === 2)
    const served = await harness.app.served('request-1', { signal })
    expect(Buffer.from(served ?? []).toString()).toBe('answer 1')
    expect(await harness.app.served('request-7', { signal })).toBeNull()
    harness.app.stop()
    await run
  })

  it('answers are kept where a sink says so', async () => {
    const kept = new Map<string, string>()
    const store: ServingStore = {
      put: async (id, body, { ttlSeconds }) => void kept.set(id, `${Buffer.from(body).toString()} for ${ttlSeconds} s`),
      get: async () => null,
    }
    const harness = await createHarness({
      handler: { ...handler, onTaskComplete: () => ({ record: [{ data: 1, payloadId: 'p' }] }) },
      sinks: [storingSink(store)],
      config: { serving: { store: 'record/main', ttl_seconds: 60 } },
    })
    await harness.send(values(1))
    await harness.app.run()
    expect([...kept]).toEqual([['p', 'x for 60 s']])
  })

  it('with a store that cannot store is a configuration error', async () => {
    const config = { serving: { store: 'record/main' } }
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], config })
    const message = expect.stringContaining('"record/main" cannot store answers')
    await expect(harness.app.run()).rejects.toMatchObject({ code: 'DRK_CONFIG_INVALID', message })
  })
})

describe('batches', () => {
  it('that wait for company go at once when the worker stops', async () => {
    const recorder = createRecorder()
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder)],
      config: { sinks: { record: { main: { batch: { max_wait_ms: 3_600_000 } } } } },
      until: 'stopped',
      clock: {
        ...hastyClock,
        sleep: (ms, until) =>
          ms > 1_000_000 ? new Promise((resolve) => until?.addEventListener('abort', () => resolve())) : hastyClock.sleep(ms, until),
      },
    })
    await harness.send(values(5))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.sinks[0]?.queue_depth === 5)
    expect(recorder.calls).toEqual([])
    harness.app.stop()
    expect(await run).toMatchObject({ exitCode: 0 })
    expect(recorder.calls).toEqual([5])
    expect(await harness.committed()).toEqual(new Map([[0, 5]]))
  })
})

describe('a sink that is not safe', () => {
  const lossy = defineSink({
    type: 'record',
    config: Type.Object({}, { additionalProperties: false }),
    payload: Type.Object({ data: Type.Unknown() }),
    capabilities: { lossy: true },
    create: () => ({ deliver: async () => undefined }),
  })

  it('has to be wanted', async () => {
    const harness = await createHarness({ handler, sinks: [lossy] })
    await expect(harness.app.run()).rejects.toMatchObject({
      code: 'DRK_CONFIG_INVALID',
      message: expect.stringContaining('sinks.record.main.lossy: the sink type "record" acknowledges payloads before they are safe'),
    })
    const wanted = await createHarness({ handler, sinks: [lossy], config: { sinks: { record: { main: { lossy: true } } } } })
    expect(await wanted.app.run()).toMatchObject({ exitCode: 0 })
  })
})

describe('a payload that cannot be read', () => {
  const trap = () => ({
    get inside(): never {
      throw new Error('hands off')
    },
  })
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()

  it.each<[string, () => unknown]>([
    ['a getter that throws', trap],
    ['a revoked proxy', () => proxy],
  ])('is a dead letter of its own message, from either hook: %s', async (_case, data) => {
    const recorder = createRecorder()
    recorder.script = (items) => {
      for (const { payload } of items) JSON.stringify(payload)
      return 'normal'
    }
    for (const hook of ['onTaskComplete', 'onMessageComplete'] as const) {
      const harness = await createHarness({
        handler: {
          arrange: (messages) => messages.map((message) => task({ from: message, args: [] })),
          [hook]: () => ({ record: [{ data: data() }] }),
        },
        sinks: [recordSink(recorder, { batching: false })],
      })
      await harness.send(values(2))
      expect(await harness.app.run()).toMatchObject({ exitCode: 0 })
      expect(await harness.committed()).toEqual(new Map([[0, 2]]))
      expect(await harness.deadLetters()).toHaveLength(2)
    }
  })
})

describe('trace context', () => {
  it('of the source message reaches the sink', async () => {
    const traces: unknown[] = []
    const harness = await createHarness({
      handler,
      sinks: [
        defineSink({
          type: 'record',
          config: Type.Object({}, { additionalProperties: false }),
          payload: Type.Object({ data: Type.Unknown() }),
          create: () => ({
            deliver: async (items: readonly { id: string }[], call: DeliverCall) =>
              void traces.push(...items.map(({ id }) => call.trace(id))),
          }),
        }),
      ],
    })
    const producer = harness.log.producer()
    await producer.connect({ signal })
    const headers: [string, Buffer][] = [
      ['traceparent', Buffer.from('00-aa-bb-01')],
      ['tracestate', Buffer.from('k=v')],
    ]
    await producer.send([
      { topic: 'input', key: null, value: Buffer.from('{}'), headers },
      { topic: 'input', key: null, value: Buffer.from('{}') },
    ])
    await harness.app.run()
    expect(traces).toEqual([{ traceparent: '00-aa-bb-01', tracestate: 'k=v' }, undefined])
  })
})

function storingSink(servingStore: ServingStore) {
  return defineSink({
    type: 'record',
    config: Type.Object({}, { additionalProperties: false }),
    payload: Type.Object({ data: Type.Unknown() }),
    create: () => ({ servingStore, deliver: async (items) => items.map(({ id }) => serve(id, Buffer.from('x'))) }),
  })
}
