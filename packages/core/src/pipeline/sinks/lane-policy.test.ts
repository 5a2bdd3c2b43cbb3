/** What becomes of payloads that do not simply arrive: strategy, breaker, fallback, serving, followers. */
import { failure, fallback, ok, onSuccess, serve, SinkError, skip, type DeliverResult, type DeliveryItem } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { group, laneWith, nameOf, type LaneTest } from '../../../test/support/lanes.ts'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'
import type { DeliveryGroup } from './delivery-group.ts'
import type { RetryStrategy } from './next-step.ts'

const busy = new SinkError({ kind: 'transient', message: 'busy' })
const down = (): never => {
  throw busy
}
const answer =
  (make: (id: string) => ReturnType<typeof ok>) =>
  (items: readonly DeliveryItem<unknown>[]): DeliverResult =>
    items.map(({ id }) => make(id))

function strategy(overrides: Partial<RetryStrategy> = {}): RetryStrategy {
  return { backoff: { intervalMs: 1000, factor: 2, capMs: 3000, jitter: 0 }, steps: 4, onFailure: 'handler', ...overrides }
}

/** Another lane stands in for the fallback or the follower. */
function successor(refuses = false) {
  const taken: string[][] = []
  const gate = createGate()
  const take = (_group: DeliveryGroup, payloads: readonly { item: { payload: unknown } }[]) => {
    const names = payloads.map(({ item }) => String(item.payload))
    taken.push(names)
    return { settled: gate.opened.then(() => true), refused: [] }
  }
  const refuse: NonNullable<NonNullable<LaneTest['exits']>['fallback']> = (_group, payloads) => ({
    settled: Promise.resolve(true),
    refused: payloads.map((payload) => ({ payload, error: new SinkError({ kind: 'permanent', message: 'does not fit' }) })),
  })
  return { taken, gate, fallback: refuses ? refuse : take }
}

describe('a retry strategy', () => {
  it('waits interval × factor, at most cap, `steps` attempts in all, then asks the handler', async () => {
    const asked: number[] = []
    const { lane, clock, calls, letters } = laneWith({
      rules: { strategy: strategy({ steps: 5 }) },
      script: down,
      ask: (_group, { attempts }) => {
        asked.push(attempts)
        return 'DLQ'
      },
    })
    const end = lane.submit(group(['a']))
    const counts: number[] = []
    for (const ms of [999, 1, 1999, 1, 2999, 1, 2999, 1]) {
      await clock.advance(ms)
      counts.push(calls.length)
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4, 4, 5])
    expect(await end).toBe(true)
    expect([asked, letters]).toEqual([[5], [{ payloads: ['a'], error: 'busy', attempts: 5 }]])
    expect(lane.counters.snapshot()).toMatchObject({ strategy_retry_count: 4, retry_count: 0, error_count: 5 })
  })

  it('sends again only what failed, in its order', async () => {
    let calls2 = 0
    const { lane, clock, calls } = laneWith({
      rules: { strategy: strategy() },
      script: (items) => {
        calls2 += 1
        return items.map(({ id, payload }) => (calls2 === 1 && 'bd'.includes(String(payload)) ? failure(id, 'no') : ok(id)))
      },
    })
    const end = lane.submit(group(['a', 'b', 'c', 'd']))
    await clock.advance(1000)
    expect(await end).toBe(true)
    expect(calls).toEqual([
      ['a', 'b', 'c', 'd'],
      ['b', 'd'],
    ])
  })

  it('does not try again what the sink has refused: that is decided at once', async () => {
    const refused = new SinkError({ kind: 'permanent', message: 'bad row' })
    const { lane, clock, calls, letters } = laneWith({
      rules: { strategy: strategy({ steps: null, onFailure: 'retry' }) },
      script: (items, call) =>
        items.map(({ id, payload }) => (payload === 'bad' ? failure(id, refused) : call === 1 ? failure(id, busy) : ok(id))),
    })
    const end = lane.submit(group(['bad', 'good']))
    expect(await lane.submit(group(['bad']))).toBe(true)
    await clock.advance(1000)
    expect(await end).toBe(true)
    expect(calls).toEqual([['bad', 'good'], ['bad'], ['good']])
    expect(letters.map(({ payloads }) => payloads)).toEqual([['bad'], ['bad']])
  })

  it('with `retry` begins anew, holding the message', async () => {
    const { lane, clock, calls } = laneWith({ rules: { strategy: strategy({ steps: 2, onFailure: 'retry' }) }, script: down })
    const stop = new AbortController()
    const end = lane.submit(group(['a'], { signal: stop.signal }))
    await clock.advance(10_000)
    expect(calls).toHaveLength(11)
    stop.abort()
    expect(await end).toBe(false)
  })

  it('with `drop` counts as skipped', async () => {
    const { lane, clock, letters, logger } = laneWith({ rules: { strategy: strategy({ steps: 1, onFailure: 'drop' }) }, script: down })
    const end = lane.submit(group(['a']))
    await clock.advance(0)
    expect(await end).toBe(true)
    expect([letters, lane.counters.snapshot().skipped_payloads]).toEqual([[], 1])
    expect(logger.events()).toContain('sink_delivery_skipped')
  })

  it('with `fallback` hands over', async () => {
    const { taken, gate, fallback: take } = successor()
    const { lane } = laneWith({
      rules: { strategy: strategy({ steps: 1, onFailure: 'fallback' }) },
      script: down,
      exits: { fallback: take },
    })
    const end = lane.submit(group(['a']))
    gate.open()
    expect(await end).toBe(true)
    expect([taken, lane.counters.snapshot().handed_over_payloads]).toEqual([[['a']], 1])
  })

  it('has a fresh budget after the handler said RETRY', async () => {
    const { lane, clock, calls } = laneWith({
      rules: { strategy: strategy({ steps: 2 }), maxRetries: 1 },
      script: down,
      ask: () => 'RETRY',
    })
    const end = lane.submit(group(['a']))
    await clock.advance(60_000)
    expect(await end).toBe(true)
    expect(calls).toHaveLength(4)
  })
})

describe('the breaker', () => {
  const circuit = { failureThreshold: 3, cooldownMs: 30_000, onOpen: 'dlq' as const }

  it('opens at the threshold; then the sink is not called, the handler not asked, and attempts are 0', async () => {
    let asked = 0
    const { lane, calls, letters, logger } = laneWith({
      rules: { circuit },
      script: down,
      ask: () => {
        asked += 1
        return 'DLQ'
      },
    })
    for (const name of ['a', 'b', 'c', 'd']) expect(await lane.submit(group([name]))).toBe(true)
    expect([calls.length, asked]).toEqual([3, 3])
    expect(letters.at(-1)).toEqual({ payloads: ['d'], error: 'circuit open', attempts: 0 })
    expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'open', circuit_trips: 1 })
    expect(lane.counters.snapshot().last_error).toBe('circuit open')
    expect(logger.events()).toContain('sink_delivery_circuit_open')
  })

  it('counts a batch once, however many groups it carries', async () => {
    const gate = createGate()
    const { lane } = laneWith({ rules: { circuit }, script: (_items, call) => (call === 1 ? gate.opened : down()) })
    const ends = ['x', 'a', 'b', 'c', 'd', 'e'].map((name) => lane.submit(group([name])))
    gate.open()
    await Promise.all(ends)
    expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'closed' })
  })

  it('lets one probe through after the cooldown, and closes when it arrives', async () => {
    const gate = createGate()
    let healthy = false
    const { lane, clock, calls, letters } = laneWith({
      rules: { circuit, maxInFlight: 4 },
      script: () => (healthy ? gate.opened : down()),
    })
    for (const name of ['a', 'b', 'c']) await lane.submit(group([name]))
    healthy = true
    await clock.advance(29_999)
    await lane.submit(group(['early']))
    await clock.advance(1)
    const probe = lane.submit(group(['probe']))
    await turn()
    expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'half_open', probe_inflight: true })
    await lane.submit(group(['beside']))
    gate.open()
    expect(await probe).toBe(true)
    await lane.submit(group(['after']))
    expect(letters.slice(3).map(({ payloads }) => payloads[0])).toEqual(['early', 'beside'])
    expect(calls.slice(3)).toEqual([['probe'], ['after']])
    expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'closed', circuit_trips: 1 })
  })

  it('opens again when the probe fails for good, with its retries', async () => {
    const { lane, clock, calls } = laneWith({
      rules: { circuit, maxRetries: 1 },
      script: down,
      ask: (_group, { attempts }) => (calls.length > 3 && attempts === 1 ? 'RETRY' : 'DLQ'),
    })
    for (const name of ['a', 'b', 'c']) await lane.submit(group([name]))
    await clock.advance(30_000)
    const probe = lane.submit(group(['probe']))
    await clock.advance(1000)
    expect(await probe).toBe(true)
    expect(calls).toHaveLength(5)
    expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'open', circuit_trips: 2 })
  })

  it('counts what a retry strategy drops because the sink is down', async () => {
    const { lane } = laneWith({
      rules: { circuit: { ...circuit, failureThreshold: 1 }, strategy: strategy({ steps: 1, onFailure: 'drop' }) },
      script: down,
    })
    expect(await lane.submit(group(['a']))).toBe(true)
    expect(lane.circuit.snapshot().circuit_state).toBe('open')
  })

  it.each<[string, LaneTest]>([
    ['payloads refused for their content', { script: answer((id) => failure(id, 'no')) }],
    ['what the handler skips', { script: down, ask: () => 'SKIP' }],
    ['what the sink skips', { script: answer((id) => skip(id)) }],
    ['a batch of which something arrived', { script: (items) => items.map(({ id }, index) => (index === 0 ? ok(id) : failure(id, busy))) }],
  ])('does not count %s', async (_case, test) => {
    const { lane } = laneWith({ ...test, rules: { circuit: { ...circuit, failureThreshold: 1 } } })
    for (let index = 0; index < 3; index += 1) expect(await lane.submit(group(['a', 'b']))).toBe(true)
    expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'closed', circuit_trips: 0 })
  })

  const unclassified = new SinkError({ kind: 'permanent', message: 'what?', unclassified: true })
  it.each<[string, LaneTest['script']]>([
    [
      'thrown',
      () => {
        throw new Error('what?')
      },
    ],
    ['answered', answer((id) => failure(id, unclassified))],
  ])('counts an error nobody classified: %s', async (_case, script) => {
    const { lane } = laneWith({ rules: { circuit: { ...circuit, failureThreshold: 1 } }, ...(script === undefined ? {} : { script }) })
    await lane.submit(group(['a']))
    expect(lane.circuit.snapshot().circuit_state).toBe('open')
  })

  it('that is open asks the fallback before the dead letters', async () => {
    const { taken, gate, fallback: take } = successor()
    gate.open()
    const { lane, letters } = laneWith({
      rules: { circuit: { ...circuit, failureThreshold: 1 } },
      script: down,
      exits: { fallback: take },
    })
    await lane.submit(group(['a']))
    await lane.submit(group(['b']))
    expect([taken, letters.map(({ payloads }) => payloads)]).toEqual([[['b']], [['a']]])
  })

  describe('with hold', () => {
    const holding = { ...circuit, failureThreshold: 1, onOpen: 'hold' as const }

    it('keeps what comes, rests the source, and goes on by itself', async () => {
      let healthy = false
      const { lane, clock, calls, letters, throttles } = laneWith({
        rules: { circuit: holding },
        script: () => (healthy ? undefined : down()),
      })
      await lane.submit(group(['a']))
      const ends = ['b', 'c'].map((name) => lane.submit(group([name])))
      await turn()
      expect([calls.length, throttles, lane.queueDepth]).toEqual([1, ['+circuit'], 2])
      healthy = true
      await clock.advance(30_000)
      expect(await Promise.all(ends)).toEqual([true, true])
      expect(letters.map(({ payloads }) => payloads)).toEqual([['a']])
      expect(throttles.at(-1)).toBe('-circuit')
    })

    it('keeps what a probe failed with, however often it fails', async () => {
      let calls2 = 0
      const { lane, clock, letters } = laneWith({
        rules: { circuit: holding, maxItems: 500 },
        script: () => {
          calls2 += 1
          return calls2 < 10 ? down() : undefined
        },
      })
      await lane.submit(group(['opens it']))
      const ends = Array.from({ length: 800 }, () => lane.submit(group(['held'])))
      await clock.advance(600_000)
      expect(await Promise.all(ends)).toEqual(Array(800).fill(true))
      expect(letters.map(({ payloads }) => payloads)).toEqual([['opens it']])
      expect(lane.circuit.snapshot()).toMatchObject({ circuit_state: 'closed', circuit_trips: 9 })
      expect(lane.counters.snapshot()).toMatchObject({ delivered_payloads: 800, dead_lettered_payloads: 1 })
    })

    it('lets the source go on when the cooldown is over, so that a probe can come', async () => {
      const stop = new AbortController()
      const { lane, clock, throttles } = laneWith({ rules: { circuit: holding }, script: down })
      await lane.submit(group(['a']))
      const held = lane.submit(group(['b'], { signal: stop.signal }))
      stop.abort()
      expect(await held).toBe(false)
      await clock.advance(30_000)
      expect(throttles).toEqual(['+circuit', '-circuit'])
    })

    it('goes on trying what was admitted before it opened', async () => {
      let calls2 = 0
      const { lane, clock, calls } = laneWith({
        rules: { circuit: holding, maxInFlight: 2 },
        script: () => {
          calls2 += 1
          return calls2 < 3 ? down() : undefined
        },
        ask: (asking) => (nameOf(asking.payloads[0] ?? never()) === 'keep' ? 'RETRY' : 'DLQ'),
      })
      const kept = lane.submit(group(['keep']))
      const failed = lane.submit(group(['fail']))
      expect(await failed).toBe(true)
      expect(lane.circuit.snapshot().circuit_state).toBe('open')
      await clock.advance(1000)
      expect(await kept).toBe(true)
      expect(calls).toEqual([['keep'], ['fail'], ['keep']])
      expect(lane.circuit.snapshot().circuit_state).toBe('open')
    })
  })
})

describe('FALLBACK', () => {
  it('goes to the fallback at once, without a retry, and ends with it', async () => {
    const { taken, gate, fallback: take } = successor()
    const { lane, calls } = laneWith({
      rules: { strategy: strategy(), idempotent: true },
      script: (items) => items.map(({ id, payload }) => (payload === 'b' ? fallback(id) : ok(id))),
      exits: { fallback: take },
    })
    let settled = false
    const end = lane.submit(group(['a', 'b'])).then((value) => (settled = value))
    await turn()
    expect([taken, calls.length, settled]).toEqual([[['b']], 1, false])
    gate.open()
    expect(await end).toBe(true)
    expect(lane.counters.snapshot()).toMatchObject({ delivered_payloads: 1, handed_over_payloads: 1, error_count: 0 })
  })

  it('without a fallback is an error that says so, and a dead letter', async () => {
    const { lane, letters } = laneWith({ script: answer((id) => fallback(id, 'queue full')) })
    expect(await lane.submit(group(['a']))).toBe(true)
    expect(letters).toMatchObject([{ error: 'the sink answered FALLBACK and has no `fallback` configured: queue full' }])
  })

  it('of what the fallback cannot take is a dead letter', async () => {
    const { fallback: refuse } = successor(true)
    const { lane, letters } = laneWith({ script: answer((id) => fallback(id)), exits: { fallback: refuse } })
    expect(await lane.submit(group(['a', 'b']))).toBe(true)
    expect(letters.map(({ error }) => error)).toEqual(['does not fit', 'does not fit'])
  })
})

describe('SERVE', () => {
  it('stores the answer before the payload counts as served', async () => {
    const stored: string[] = []
    const { lane } = laneWith({
      script: (items) => items.map(({ id, payload }) => serve(id, Buffer.from(`answer to ${String(payload)}`))),
      serve: async (id, body) => void stored.push(`${id}: ${Buffer.from(body).toString()}`),
    })
    expect(await lane.submit(group(['a'], { ids: ['request-1'] }))).toBe(true)
    expect(stored).toEqual(['request-1: answer to a'])
    expect(lane.counters.snapshot()).toMatchObject({ served_payloads: 1, delivered_payloads: 0 })
  })

  it('that cannot be stored is a failure of that payload alone', async () => {
    const { lane, letters } = laneWith({
      script: (items) => items.map(({ id, payload }) => (payload === 'a' ? serve(id, Buffer.of(1)) : ok(id))),
    })
    expect(await lane.submit(group(['a', 'b']))).toBe(true)
    expect(letters).toMatchObject([{ payloads: ['a'], error: 'there is no store' }])
    expect(lane.counters.snapshot().delivered_payloads).toBe(1)
  })
})

describe('ON_SUCCESS', () => {
  it('sends the payload given, or the same, on; the group ends with it', async () => {
    const followed: unknown[] = []
    const gate = createGate()
    const { lane } = laneWith({
      script: (items) => items.map(({ id }, index) => (index === 0 ? onSuccess(id, { made: true }) : onSuccess(id))),
      exits: {
        follow: (_group, { item, original }) => {
          followed.push([item.payload, original])
          return { settled: gate.opened.then(() => true), refused: [] }
        },
      },
    })
    let settled = false
    const end = lane.submit(group(['a', 'b'])).then((value) => (settled = value))
    await turn()
    expect([followed, settled]).toEqual([
      [
        [{ made: true }, { made: true }],
        ['b', { data: 'b' }],
      ],
      false,
    ])
    gate.open()
    expect(await end).toBe(true)
    expect(lane.counters.snapshot().delivered_payloads).toBe(2)
  })

  it('keeps the offset back when what follows is given up', async () => {
    const { lane } = laneWith({
      script: answer((id) => onSuccess(id)),
      exits: { follow: () => ({ settled: Promise.resolve(false), refused: [] }) },
    })
    expect(await lane.submit(group(['a']))).toBe(false)
  })

  it('with nobody to follow is a dead letter of the follower; the payload has arrived', async () => {
    const { lane, letters } = laneWith({ script: answer((id) => onSuccess(id)) })
    expect(await lane.submit(group(['a']))).toBe(true)
    expect(letters).toMatchObject([{ error: 'the sink answered ON_SUCCESS and has no `on_success` configured' }])
    expect(lane.counters.snapshot()).toMatchObject({ received_payloads: 2, delivered_payloads: 1, dead_lettered_payloads: 1 })
  })
})

function never(): never {
  throw new Error('a group without payloads')
}
