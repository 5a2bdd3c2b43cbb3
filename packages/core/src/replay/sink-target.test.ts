import { defineSink, failure, fallback, SinkError, skip, type DeliveryItem, type SinkResponse } from '@drakkar/plugin-sdk'
import { createFakeClock, createTestContext } from '@drakkar/plugin-sdk/testing'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { messageAt } from '../../test/support/values.ts'
import { validateConfig } from '../config/load-config.ts'
import { payloadRecord, sourceRecord, type DeadLetterFacts } from '../dlq/dead-letter.ts'
import { parseDeadLetter } from '../dlq/read-dead-letter.ts'
import { SinkRegistry } from '../registry/sink-registry.ts'
import type { ReadableEntry } from './dead-letter-entry.ts'
import { InterruptedError } from './replay-target.ts'
import { sinkTarget } from './sink-target.ts'

const facts: DeadLetterFacts = {
  topic: 'input',
  partition: 1,
  id: 'dlq-1',
  workerId: 'w',
  nowMs: 0,
  error: 'e',
  errorType: 'Error',
  transient: true,
  attempts: 1,
  messages: [messageAt(5, { partition: 1, headers: [['traceparent', Buffer.from('00-t')]] })],
  taskIds: [],
}

type Item = DeliveryItem<{ readonly key: string; readonly data: unknown }>
type Answer = (batch: readonly Item[], call: number, signal: AbortSignal) => readonly SinkResponse[] | void | Promise<void>

interface Delivered {
  readonly batches: (readonly Item[])[]
  readonly events: string[]
  readonly traces: unknown[]
}

function setUp(
  answer: Answer = () => undefined,
  settings: Record<string, unknown> = {},
  given: { maxItems?: number; broken?: boolean; signal?: AbortSignal } = {},
) {
  const delivered: Delivered = { batches: [], events: [], traces: [] }
  const registry = new SinkRegistry()
  registry.register(
    defineSink({
      type: 'shop',
      config: Type.Object({ url: Type.String({ description: 'Address.' }) }, { additionalProperties: false }),
      payload: Type.Object({ key: Type.String(), data: Type.Unknown() }, { additionalProperties: false }),
      idempotent: true,
      create: ({ url }, { name }) => ({
        connect: async () => {
          if (given.broken === true) throw new Error('no route')
          delivered.events.push(`connect ${url} ${name}`)
        },
        deliver: async (batch, call) => {
          delivered.batches.push(batch)
          delivered.traces.push(call.trace(batch[0]?.id ?? ''))
          return answer(batch, delivered.batches.length, call.signal)
        },
        flush: async () => void delivered.events.push('flush'),
        close: async () => void delivered.events.push('close'),
      }),
    }),
  )
  const { config } = validateConfig({ sinks: { shop: { main: { url: 'shop://a', ...settings } } } })
  const clock = createFakeClock()
  const target = sinkTarget({ config, registry, clock, logger: createTestContext().logger, maxItems: given.maxItems ?? null })
  let published = 0
  const publish = async (entry: ReadableEntry) => {
    const prepared = await target.prepare(entry)
    if (!prepared.ok) throw new Error(`skipped: ${prepared.reason}`)
    const done = prepared.publish({
      pace: async () => undefined,
      published: (count) => void (published += count),
      signal: given.signal ?? new AbortController().signal,
    })
    done.catch(() => undefined)
    await clock.advance(1000)
    return done
  }
  return { target, delivered, publish, clock, published: () => published }
}

function entryOf(record: object): ReadableEntry {
  const value = Buffer.from(JSON.stringify(record))
  const parsed = parseDeadLetter(value)
  if (!parsed.ok) throw new Error(parsed.reason)
  return { partition: 0, offset: 7, storedAtMs: 0, value, parsed, record: parsed.record }
}

function letter(count = 2, change: { list?: string; wrap?: (payload: object) => object; name?: string } = {}): ReadableEntry {
  const payloads = Array.from({ length: count }, (_, index) => {
    const payload = { sink: 'main', payloadId: `given-${index}`, key: `k${index}`, data: Uint8Array.of(index) }
    return {
      id: `id-${index}`,
      original: change.wrap?.(payload) ?? payload,
      list: change.list ?? 'shop',
      encode: () => ({ body: Buffer.from('b') }),
    }
  })
  return entryOf(payloadRecord(facts, { type: 'shop', name: change.name ?? 'main' }, payloads))
}

describe('a replay through the sinks', () => {
  it('delivers payloads as they were, under their ids, with source and trace; once connected, flushed after each entry', async () => {
    const { target, delivered, publish, published } = setUp()
    await publish(letter())
    await publish(letter(1))
    await target.close()
    expect(delivered.batches[0]).toEqual([
      {
        id: 'id-0',
        payload: { key: 'k0', data: Uint8Array.of(0) },
        attempt: 0,
        source: { topic: 'input', partition: 1, offsets: [5], timestamps: [1_700_000_000_005] },
      },
      expect.objectContaining({ id: 'id-1', payload: { key: 'k1', data: Uint8Array.of(1) } }),
    ])
    expect(delivered.traces[0]).toEqual({ traceparent: '00-t' })
    expect(delivered.events).toEqual(['connect shop://a main', 'flush', 'flush', 'close'])
    expect(published()).toBe(3)
  })

  it('takes the data of a custom list', async () => {
    const { delivered, publish } = setUp()
    const wrapped = letter(1, { list: 'custom', wrap: () => ({ sink: 'main', data: { key: 'inner', data: 1 } }) })
    await publish(wrapped)
    expect(delivered.batches.at(-1)?.[0]?.payload).toEqual({ key: 'inner', data: 1 })
  })

  it('reads records of py-drakkar, under ids made of their place', async () => {
    const { delivered, publish } = setUp()
    const value = { original_payloads: ['{"sink":"main","key":"a","data":{"x":1}}'], sink_name: 'main', sink_type: 'shop', error: 'e' }
    const entry = entryOf({ ...value, timestamp: 1, partition: 4, attempt_count: 1 })
    await publish(entry)
    expect(delivered.batches[0]).toMatchObject([
      {
        id: 'dlq-input-events_dlq-0-7-0',
        payload: { key: 'a', data: { x: 1 } },
        source: { topic: 'input-events', partition: 4, offsets: [] },
      },
    ])
  })

  it('respects batch.max_items and what the rate allows', async () => {
    const { delivered, publish } = setUp(undefined, { batch: { max_items: 3 } })
    await publish(letter(7))
    expect(delivered.batches.map((batch) => batch.length)).toEqual([3, 3, 1])
    const limited = setUp(undefined, {}, { maxItems: 2 })
    await limited.publish(letter(3))
    expect(limited.delivered.batches.map((batch) => batch.length)).toEqual([2, 1])
  })

  it('tries transient failures again, those payloads alone', async () => {
    const transient = new SinkError({ kind: 'transient', message: 'busy' })
    const { delivered, publish, published } = setUp((batch, call) =>
      batch.map(({ id }) => (call < 3 && id === 'id-1' ? failure(id, transient) : { id, status: 'ok' })),
    )
    await publish(letter(3))
    expect(delivered.batches.map((batch) => batch.map(({ id, attempt }) => `${id}/${attempt}`))).toEqual([
      ['id-0/0', 'id-1/0', 'id-2/0'],
      ['id-1/1'],
      ['id-1/2'],
    ])
    expect(published()).toBe(3)
  })

  it.each<[string, Answer, RegExp, number]>([
    [
      'a refused payload',
      (batch) => batch.map(({ id }) => (id === 'id-1' ? failure(id, 'bad row') : { id, status: 'ok' })),
      /shop\/main, payload 2 of 2: bad row/,
      1,
    ],
    ['FALLBACK', (batch) => batch.map(({ id }) => fallback(id)), /asks for its fallback/, 1],
    ['SERVE', (batch) => batch.map(({ id }) => ({ id, status: 'serve', body: Buffer.alloc(0) })), /no store for answers/, 1],
    ['no answer', () => [], /no valid answer/, 1],
    [
      'a throw',
      () => {
        throw new Error('boom')
      },
      /payload 1 of 2: boom/,
      1,
    ],
    [
      'a transient failure that stays',
      (batch) => batch.map(({ id }) => failure(id, new SinkError({ kind: 'transient', message: 'busy' }))),
      /payload 1 of 2: busy/,
      4,
    ],
  ])('fails for %s', async (_case, answer, message, calls) => {
    const { delivered, publish } = setUp(answer)
    await expect(publish(letter())).rejects.toThrow(message)
    expect(delivered.batches).toHaveLength(calls)
  })

  it('waits as long as the sink asks', async () => {
    const { delivered, publish, clock } = setUp((batch, call) =>
      batch.map(({ id }) =>
        call === 1 && id === 'id-0'
          ? failure(id, new SinkError({ kind: 'throttled', retryAfterMs: 30_000, message: '429' }))
          : { id, status: 'ok' },
      ),
    )
    const done = publish(letter())
    await expect.poll(() => delivered.batches.length).toBe(1)
    await clock.advance(28_000)
    expect(delivered.batches).toHaveLength(1)
    await clock.advance(3000)
    await done
    expect(delivered.batches.map((batch) => batch.length)).toEqual([2, 1])
  })

  it('ends such a wait with the run: the entry is neither done nor failed', async () => {
    const stop = new AbortController()
    const busy: Answer = (batch) =>
      batch.map(({ id }) => failure(id, new SinkError({ kind: 'throttled', retryAfterMs: 3e7, message: '429' })))
    const { delivered, publish } = setUp(busy, {}, { signal: stop.signal })
    const done = publish(letter())
    await expect.poll(() => delivered.batches.length).toBe(1)
    stop.abort('SIGINT')
    await expect(done).rejects.toBeInstanceOf(InterruptedError)
    expect(delivered.batches).toHaveLength(1)
  })

  it('tries again what passes beside what is refused, before the entry fails', async () => {
    const transient = new SinkError({ kind: 'transient', message: 'busy' })
    const { delivered, publish, published } = setUp((batch, call) =>
      batch.map(({ id }) =>
        id === 'id-0' ? failure(id, 'bad row') : id === 'id-1' && call < 3 ? failure(id, transient) : { id, status: 'ok' },
      ),
    )
    await expect(publish(letter(3))).rejects.toThrow('payload 1 of 3: bad row')
    expect(delivered.batches.map((batch) => batch.map(({ id }) => id))).toEqual([['id-0', 'id-1', 'id-2'], ['id-1'], ['id-1']])
    expect(published()).toBe(2)
  })

  it('is not a refusal as long as one of the payloads may pass', async () => {
    const { publish } = setUp((batch) =>
      batch.map(({ id }) => (id === 'id-0' ? failure(id, 'bad row') : failure(id, new SinkError({ kind: 'transient', message: 'busy' })))),
    )
    await expect(publish(letter())).rejects.toMatchObject({ kind: 'transient' })
  })

  it('ends a delivery that takes too long by its signal', async () => {
    let ended = false
    const hangs: Answer = (_batch, _call, signal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener('abort', () => {
          ended = true
          reject(new Error('aborted'))
        })
      })
    const { publish } = setUp(hangs, { delivery_timeout_seconds: 0.01, idempotent: false })
    await expect(publish(letter())).rejects.toThrow(/payload 1 of 2/)
    expect(ended).toBe(true)
  })

  it('takes SKIP for an end', async () => {
    const { publish, published } = setUp((batch) => batch.map(({ id }) => skip(id)))
    await publish(letter())
    expect(published()).toBe(2)
  })

  it('does not try again what is not idempotent', async () => {
    const { delivered, publish } = setUp(
      () => {
        throw new SinkError({ kind: 'transient', message: 'busy' })
      },
      { idempotent: false },
    )
    await expect(publish(letter())).rejects.toThrow('busy')
    expect(delivered.batches).toHaveLength(1)
  })

  it('fails when the sink cannot connect, or is not configured', async () => {
    await expect(setUp(undefined, {}, { broken: true }).publish(letter())).rejects.toThrow('shop/main: cannot connect: no route')
    await expect(setUp().publish(letter(1, { name: 'other' }))).rejects.toThrow(
      'the sink shop/other is not configured; configured are shop/main',
    )
  })

  it('opens the sinks of the selection, once', async () => {
    const { target, delivered, publish } = setUp()
    const open = { sinkType: 'shop', sinkName: null, signal: new AbortController().signal }
    await target.open({ ...open, connect: false })
    expect(delivered.events).toEqual([])
    await target.open({ ...open, connect: true })
    await publish(letter())
    expect(delivered.events).toEqual(['connect shop://a main', 'flush'])
    await expect(target.open({ ...open, sinkName: 'nope', connect: false })).rejects.toThrow('the sink shop/nope is not configured')
    await target.open({ ...open, sinkType: 'handler', connect: true })
  })

  it('cannot open what cannot connect', async () => {
    const { target } = setUp(undefined, {}, { broken: true })
    const open = { sinkType: null, sinkName: null, connect: true, signal: new AbortController().signal }
    await expect(target.open(open)).rejects.toThrow('shop/main: cannot connect: no route')
  })

  it.each<[string, ReadableEntry, string]>([
    ['the handler could not process', entryOf(sourceRecord(facts, 'arrange')), '--mode=source'],
    [
      'whose payloads no longer fit',
      letter(1, { wrap: () => ({ sink: 'main', key: 5 }) }),
      'payload 1 of 1: the sink does not take it any more: ',
    ],
    ['without payloads', letter(0), 'it holds no payload'],
  ])('skips an entry %s, and connects to nothing', async (_case, entry, reason) => {
    const { target, delivered } = setUp()
    expect(await target.prepare(entry)).toEqual({ ok: false, reason: expect.stringContaining(reason) })
    expect(delivered.events).toEqual([])
  })
})
