import { fallback, onSuccess } from '@drakkar/plugin-sdk'
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
      ask: async () => 'DLQ',
      deadLetter: async () => 'abandoned',
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

describe('hurry', () => {
  it('reaches every lane, and ends for every lane', async () => {
    const waiting = { batch: { max_wait_ms: 60_000 } }
    const [one, two] = ['a', 'b'].map((name) =>
      createManagedSink({ name, framework: waiting, definition: { capabilities: { batching: true } } }),
    )
    if (one === undefined || two === undefined) throw new Error('no sinks')
    const sinks = new SinkManager([one.managed, two.managed])
    await sinks.connectAll(signal)
    const ends = ['a', 'b'].map((sink) => sinks.deliver(sinks.route({ record: [{ sink, data: sink }] }), originAt(1)))
    const calm = sinks.hurry()
    expect(await Promise.all(ends)).toEqual([true, true])
    calm()
    void sinks.deliver(sinks.route({ record: [{ sink: 'a', data: 'later' }] }), originAt(2))
    await turn()
    expect([one.delivered, two.delivered]).toEqual([['a'], ['b']])
    await sinks.closeAll(signal)
  })
})

describe('a fallback', () => {
  const asksForHelp = {
    framework: { fallback: 'record/spare', on_success: 'record/spare' },
    sink: { deliver: async (items: readonly { id: string; payload: unknown }[]) => items.map(({ id }) => fallback(id)) },
  }

  it('takes what the sink asks it to, and the group ends with it', async () => {
    const main = createManagedSink(asksForHelp)
    const spare = createManagedSink({ name: 'spare' })
    const sinks = new SinkManager([main.managed, spare.managed])
    await sinks.connectAll(signal)
    expect(await sinks.deliver(sinks.route({ record: [{ sink: 'main', data: 1 }] }), originAt(1))).toBe(true)
    expect(spare.delivered).toEqual([1])
    expect(
      sinks
        .snapshot()
        .map(({ received_payloads, handed_over_payloads, delivered_payloads }) => [
          received_payloads,
          handed_over_payloads,
          delivered_payloads,
        ]),
    ).toEqual([
      [1, 1, 0],
      [1, 0, 1],
    ])
  })

  it('must not ask for another one', async () => {
    const errors: string[] = []
    const main = createManagedSink(asksForHelp)
    const spare = createManagedSink({
      ...asksForHelp,
      name: 'spare',
      framework: {},
      ask: async (_group, { error }) => {
        errors.push(error.message)
        return 'DLQ'
      },
    })
    const sinks = new SinkManager([main.managed, spare.managed])
    await sinks.connectAll(signal)
    expect(await sinks.deliver(sinks.route({ record: [{ sink: 'main', data: 1 }] }), originAt(1))).toBe(true)
    expect(errors).toEqual(['a sink that takes over from another must not answer FALLBACK'])
    expect(sinks.snapshot()[1]).toMatchObject({ dead_lettered_payloads: 1 })
  })

  it('of another type gets `data`, or what the handler makes of it', async () => {
    const convert = (payload: unknown, way: { from: string; to: string }) => ({ data: [way, payload] })
    for (const [converter, expected] of [
      [undefined, { n: 1 }],
      [convert, [{ from: 'record/main', to: 'other/main' }, { data: { n: 1 } }]],
    ] as const) {
      const main = createManagedSink({
        ...asksForHelp,
        framework: { fallback: 'other/main' },
        ...(converter === undefined ? {} : { convert: converter }),
      })
      const other = createManagedSink({ definition: { type: 'other' } })
      const sinks = new SinkManager([main.managed, other.managed])
      await sinks.connectAll(signal)
      expect(await sinks.deliver(sinks.route({ record: [{ data: { n: 1 } }] }), originAt(1))).toBe(true)
      expect(other.delivered).toEqual([expected])
    }
  })

  it('that cannot take the payload leaves it to the dead letters of the first', async () => {
    const letters: string[] = []
    const main = createManagedSink({
      ...asksForHelp,
      framework: { fallback: 'other/main' },
      convert: () => 'nonsense',
      deadLetter: async (_group, { error }) => {
        letters.push(error.message)
        return 'dead_lettered'
      },
    })
    const other = createManagedSink({ definition: { type: 'other' } })
    const sinks = new SinkManager([main.managed, other.managed])
    await sinks.connectAll(signal)
    expect(await sinks.deliver(sinks.route({ record: [{ data: 1 }] }), originAt(1))).toBe(true)
    expect(letters).toEqual([expect.stringContaining('other/main cannot take the payload (')])
  })
})

describe('what follows a success', () => {
  it('goes to the sink named, under an id of its own', async () => {
    const ids: string[] = []
    const main = createManagedSink({
      framework: { on_success: 'record/audit' },
      sink: { deliver: async (items) => items.map(({ id }) => onSuccess(id, { data: 'done' })) },
    })
    const audit = createManagedSink({ name: 'audit', sink: { deliver: async (items) => void ids.push(...items.map(({ id }) => id)) } })
    const sinks = new SinkManager([main.managed, audit.managed])
    await sinks.connectAll(signal)
    expect(await sinks.deliver(sinks.route({ record: [{ sink: 'main', data: 1, payloadId: 'p1' }] }), originAt(1))).toBe(true)
    expect(ids).toEqual(['p1-on_success'])
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
