import { failure, ok, skip, type SinkError } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { createManagedSink, deliverTo, originAt } from '../../../test/support/managed-sinks.ts'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'
import { DeliveryGroup } from './delivery-group.ts'

const { signal } = new AbortController()

describe('a sink that is not connected', () => {
  it('fails deliveries as transient instead of losing them', async () => {
    const errors: SinkError[] = []
    const { managed, delivered } = createManagedSink({
      ask: async (_group, { error }) => {
        errors.push(error)
        return 'SKIP'
      },
    })
    await deliverTo(managed, 1)
    await managed.connect(signal)
    await deliverTo(managed, 2)
    await managed.close(signal)
    await deliverTo(managed, 3)
    expect(delivered).toEqual([2])
    expect(errors.map(({ code, kind }) => [code, kind])).toEqual(Array(2).fill(['DRK_SINK_NOT_CONNECTED', 'transient']))
  })
})

describe('connect', () => {
  it('names the instance, and hides credentials', async () => {
    const { managed } = createManagedSink({ sink: { connect: () => Promise.reject(new Error('no redis://joe:secret@host')) } })
    await expect(managed.connect(signal)).rejects.toMatchObject({
      code: 'DRK_SINK_CONNECT_FAILED',
      message: 'sinks.record.main: cannot connect: no redis://***:***@host',
    })
    expect(managed.isConnected).toBe(false)
  })

  it('ends at its time limit even if the sink does not listen', async () => {
    const { managed } = createManagedSink({
      sink: { connect: () => new Promise(() => undefined) },
      framework: { connect_timeout_seconds: 0.005 },
    })
    await expect(managed.connect(signal)).rejects.toMatchObject({ code: 'DRK_SINK_CONNECT_FAILED' })
  })

  it('ends when start-up is stopped', async () => {
    const stop = new AbortController()
    const { managed } = createManagedSink({ sink: { connect: () => new Promise(() => undefined) } })
    const connecting = managed.connect(stop.signal)
    stop.abort()
    await expect(connecting).rejects.toMatchObject({ code: 'DRK_SINK_CONNECT_FAILED' })
  })
})

describe('flush', () => {
  it('comes before a payload counts as delivered', async () => {
    const gate = createGate()
    const { managed } = createManagedSink({ sink: { flush: () => gate.opened } })
    await managed.connect(signal)
    let settled = false
    const end = deliverTo(managed, 1).then((value) => (settled = value))
    await turn()
    expect([settled, managed.lane.counters.snapshot().delivered_payloads]).toEqual([false, 0])
    gate.open()
    expect(await end).toBe(true)
    expect(managed.lane.counters.snapshot().delivered_payloads).toBe(1)
  })

  it('that fails is a failure of what the sink had taken; a retry delivers it again (UNI-7)', async () => {
    const errors: unknown[] = []
    let failures = 1
    const { managed, delivered } = createManagedSink({
      definition: { capabilities: { batching: true } },
      sink: {
        flush: async () => {
          failures -= 1
          if (failures >= 0) throw new Error('disk full')
        },
      },
      ask: async (_group, { error }) => {
        errors.push(error.message)
        return 'SKIP'
      },
    })
    await managed.connect(signal)
    expect(await deliverTo(managed, 1)).toBe(true)
    expect(await deliverTo(managed, 2)).toBe(true)
    expect(errors).toEqual(['disk full'])
    expect(delivered).toEqual([1, 2])
    expect(managed.lane.counters.snapshot()).toMatchObject({ delivered_payloads: 1, skipped_payloads: 1 })
  })

  it('is not asked for when nothing was taken', async () => {
    let flushes = 0
    const { managed } = createManagedSink({
      sink: {
        deliver: async (items) => items.map(({ id }) => failure(id, 'no')),
        flush: async () => {
          flushes += 1
        },
      },
    })
    await managed.connect(signal)
    await deliverTo(managed, 1)
    expect(flushes).toBe(0)
  })

  it('leaves other answers of the batch as they are', async () => {
    const { managed } = createManagedSink({
      sink: {
        deliver: async (items) => items.map(({ id }, index) => (index === 0 ? ok(id) : skip(id))),
        flush: () => Promise.reject(new Error('disk full')),
      },
    })
    await managed.connect(signal)
    const routed = [1, 2].map((data) => ({ payload: { data }, original: { data }, list: 'record', payloadId: null }))
    expect(await managed.lane.submit(new DeliveryGroup(originAt(1), routed, { sinkPath: managed.path }))).toBe(true)
    expect(managed.lane.counters.snapshot()).toMatchObject({ skipped_payloads: 2, error_count: 1 })
  })
})

describe('the order of payloads', () => {
  const ordered = { capabilities: { batching: true, ordered: true } }

  it('is by the key of the sink; without one all stand in one line, and an unordered sink has none', () => {
    const keyed = createManagedSink({ definition: ordered, sink: { orderingKey: ({ data }) => String(data) } }).managed
    const keyless = createManagedSink({ definition: ordered }).managed
    const free = createManagedSink({ sink: { orderingKey: () => 'k' } }).managed
    expect([keyed, keyless, free].map((managed) => managed.grouping.measure?.({ data: 7 }).line)).toEqual(['7', '', null])
  })

  it('survives a key that throws: the strictest line, and a word about it', () => {
    const { managed, logger } = createManagedSink({
      definition: ordered,
      sink: {
        orderingKey: () => {
          throw new Error('no key')
        },
      },
    })
    expect(managed.grouping.measure?.({ data: 1 }).line).toBe('')
    expect(logger.events()).toEqual(['sink_contract_violation'])
  })
})

describe('close', () => {
  it('never rejects: a failure is logged', async () => {
    const { managed, logger } = createManagedSink({ sink: { close: () => Promise.reject(new Error('stuck')) } })
    await managed.connect(signal)
    await managed.close(signal)
    expect([managed.isConnected, logger.events()]).toEqual([false, ['sink_connected', 'sink_close_error']])
  })
})

describe('payloads', () => {
  it('are checked by the schema of the sink, the first problem named', () => {
    const { managed } = createManagedSink()
    expect(managed.payloadProblem({ data: 1 })).toBeNull()
    expect(managed.payloadProblem({})).toBe('data is required')
    expect(managed.payloadProblem({ data: 1, more: 2 })).toBe('more is not a known key')
    expect(managed.payloadProblem('text')).toMatch(/^payload must be object/)
  })
})

describe('idempotence', () => {
  it.each([
    ['what the definition says', { idempotent: true }, {}, 4],
    ['what a rule of the definition says', { idempotent: () => true }, {}, 4],
    ['what the instance says, over the definition', { idempotent: false }, { idempotent: true }, 4],
    ['what the instance says, over the definition', { idempotent: true }, { idempotent: false }, 1],
  ])('is %s (%#)', async (_case, definition, framework, calls) => {
    let called = 0
    const { managed, clock } = createManagedSink({
      definition,
      framework,
      sink: {
        deliver: () => {
          called += 1
          throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
        },
      },
    })
    await managed.connect(signal)
    const done = deliverTo(managed, 1)
    await clock.advance(1000)
    await done
    expect(called).toBe(calls)
  })
})
