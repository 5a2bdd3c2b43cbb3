import { describe, expect, it } from 'vitest'
import { createManagedSink, originAt } from '../../../test/support/managed-sinks.ts'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'
import { SinkManager } from './sink-manager.ts'

const { signal } = new AbortController()

describe('connectAll', () => {
  it('lets the others finish and rejects with the first error in the order of the configuration', async () => {
    const gate = createGate()
    const slow = createManagedSink({ name: 'slow', sink: { connect: () => gate.opened } })
    const late = createManagedSink({ name: 'late', sink: { connect: () => gate.opened.then(() => Promise.reject(new Error('late'))) } })
    const early = createManagedSink({ name: 'early', sink: { connect: () => Promise.reject(new Error('early')) } })
    const connecting = new SinkManager([slow.managed, late.managed, early.managed]).connectAll(signal)
    void connecting.catch(() => undefined)
    await turn()
    gate.open()
    await expect(connecting).rejects.toThrow('sinks.record.late: cannot connect: late')
    expect(slow.managed.isConnected).toBe(true)
  })
})

describe('deliver', () => {
  it('settles when every group has, and says false when one was given up', async () => {
    const given = createManagedSink({
      definition: { type: 'given' },
      decide: async () => 'abandoned',
      sink: { deliver: () => Promise.reject(new Error('no')) },
    })
    const kept = createManagedSink()
    const sinks = new SinkManager([given.managed, kept.managed])
    await sinks.connectAll(signal)
    expect(await sinks.deliver([], originAt(1))).toBe(true)
    expect(await sinks.deliver(sinks.route({ record: [{ data: 1 }] }), originAt(1))).toBe(true)
    expect(await sinks.deliver(sinks.route({ record: [{ data: 2 }], given: [{ data: 3 }] } as never), originAt(1))).toBe(false)
    expect(kept.delivered).toEqual([1, 2])
    await sinks.idle()
  })

  it.each([null, undefined])('of %s is nothing', (result) => {
    expect(new SinkManager([]).route(result)).toEqual([])
  })
})

describe('barrier', () => {
  it('is there only for sinks with something to make durable', async () => {
    const gate = createGate()
    const flushing = createManagedSink({ sink: { flush: () => gate.opened } })
    const plain = createManagedSink({ definition: { type: 'plain' } })
    const sinks = new SinkManager([plain.managed, flushing.managed])
    await sinks.connectAll(signal)
    await sinks.deliver(sinks.route({ plain: [{ data: 1 }] } as never), originAt(1))
    expect(sinks.barrier(60_000)).toBeUndefined()
    await sinks.deliver(sinks.route({ record: [{ data: 1 }] }), originAt(1))
    let durable = false
    const barrier = sinks.barrier(60_000)?.then(() => {
      durable = true
    })
    await turn()
    expect(durable).toBe(false)
    gate.open()
    await barrier
    expect(sinks.barrier(60_000)).toBeUndefined()
  })
})

describe('handle', () => {
  it('is what the sink gives, by type and name', () => {
    const handles = [{ pool: 1 }, { pool: 2 }]
    const sinks = new SinkManager(['a', 'b'].map((name, index) => createManagedSink({ name, sink: { handle: handles[index] } }).managed))
    expect([sinks.handle('record', undefined), sinks.handle('record', 'b')]).toEqual(handles)
    expect(() => sinks.handle('record', 'c')).toThrow("no 'record' sink named 'c' is configured")
    expect(() => sinks.handle('redis', undefined)).toThrow("no 'redis' sink is configured")
  })
})

describe('snapshot', () => {
  it('has wire names and counters of every sink', async () => {
    const { managed } = createManagedSink()
    const sinks = new SinkManager([managed])
    await sinks.connectAll(signal)
    await sinks.deliver(sinks.route({ record: [{ data: 1 }] }), originAt(1))
    expect(sinks.snapshot()).toMatchObject([
      { sink_type: 'record', sink_name: 'main', connected: true, queue_depth: 0, delivered_payloads: 1, last_error: null },
    ])
    await sinks.closeAll(signal)
    expect(sinks.snapshot()[0]?.connected).toBe(false)
  })
})
