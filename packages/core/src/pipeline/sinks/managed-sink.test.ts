import type { SinkError } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { createManagedSink, deliverTo } from '../../../test/support/managed-sinks.ts'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'

const { signal } = new AbortController()

describe('a sink that is not connected', () => {
  it('fails deliveries as transient instead of losing them', async () => {
    const errors: SinkError[] = []
    const { managed, delivered } = createManagedSink({
      decide: async (_group, error) => {
        errors.push(error)
        return 'settled'
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
  it('is needed only after a delivery, and only once', async () => {
    let flushes = 0
    const { managed } = createManagedSink({
      sink: {
        flush: async () => {
          flushes += 1
        },
      },
    })
    await managed.connect(signal)
    expect(managed.needsFlush).toBe(false)
    await managed.flush(signal)
    await deliverTo(managed, 1)
    expect(managed.needsFlush).toBe(true)
    await managed.flush(signal)
    expect([managed.needsFlush, flushes]).toEqual([false, 1])
  })

  it('is never needed by a sink that has none', async () => {
    const { managed } = createManagedSink()
    await managed.connect(signal)
    await deliverTo(managed, 1)
    expect(managed.needsFlush).toBe(false)
  })

  it('is shared: one runs, one waits, and the one that waits covers what came meanwhile', async () => {
    const gates = [createGate(), createGate()]
    let flushes = 0
    const { managed } = createManagedSink({ sink: { flush: async () => gates[flushes++]?.opened } })
    await managed.connect(signal)
    await deliverTo(managed, 1)
    const first = managed.flush(signal)
    await deliverTo(managed, 2)
    const others = [managed.flush(signal), managed.flush(signal)]
    await turn()
    expect(flushes).toBe(1)
    gates[0]?.open()
    await first
    await turn()
    expect(flushes).toBe(2)
    gates[1]?.open()
    await Promise.all(others)
    expect([flushes, managed.needsFlush]).toEqual([2, false])
  })

  it('that fails rejects, and is needed still', async () => {
    let fail = true
    const { managed } = createManagedSink({
      sink: {
        flush: async () => {
          if (fail) throw new Error('disk full')
        },
      },
    })
    await managed.connect(signal)
    await deliverTo(managed, 1)
    await expect(managed.flush(signal)).rejects.toThrow('disk full')
    expect(managed.needsFlush).toBe(true)
    fail = false
    await managed.flush(signal)
    expect(managed.needsFlush).toBe(false)
  })

  it('that hangs ends with its signal', async () => {
    const stop = new AbortController()
    const { managed } = createManagedSink({ sink: { flush: () => new Promise(() => undefined) } })
    await managed.connect(signal)
    await deliverTo(managed, 1)
    const flushing = managed.flush(stop.signal)
    stop.abort(new Error('too long'))
    await expect(flushing).rejects.toThrow('too long')
    expect(managed.needsFlush).toBe(true)
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
