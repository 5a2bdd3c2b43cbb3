import { failure, ok, skip, SinkError } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { group, laneWith, nameOf } from '../../../test/support/lanes.ts'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'

const busy = (retryAfterMs?: number) =>
  new SinkError({
    kind: retryAfterMs === undefined ? 'transient' : 'throttled',
    message: 'busy',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })

describe('batches', () => {
  it('gather what comes while one is in flight, up to maxItems, groups whole', async () => {
    const gate = createGate()
    const { lane, calls } = laneWith({ rules: { maxItems: 3 }, script: () => gate.opened })
    const ends = [group(['a']), group(['b', 'c']), group(['d']), group(['e', 'f'])].map((each) => lane.submit(each))
    expect(calls).toEqual([['a']])
    expect(lane.queueDepth).toBe(5)
    gate.open()
    expect(await Promise.all(ends)).toEqual([true, true, true, true])
    expect(calls).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f']])
    expect(lane.queueDepth).toBe(0)
  })

  it('hold one group each when the sink does not batch, and a group larger than maxItems stays whole', async () => {
    const { lane, calls } = laneWith({ rules: { batching: false, maxItems: 1 } })
    await Promise.all([lane.submit(group(['a', 'b'])), lane.submit(group(['c']))])
    expect(calls).toEqual([['a', 'b'], ['c']])
  })

  it('run side by side up to maxInFlight', async () => {
    const gates = [createGate(), createGate(), createGate()]
    const { lane, calls } = laneWith({ rules: { maxInFlight: 2, batching: false }, script: (_items, call) => gates[call - 1]?.opened })
    const ends = ['a', 'b', 'c'].map((name) => lane.submit(group([name])))
    expect(calls).toEqual([['a'], ['b']])
    gates[1]?.open()
    await ends[1]
    await turn()
    expect(calls).toEqual([['a'], ['b'], ['c']])
    for (const gate of gates) gate.open()
    await lane.idle()
    expect(await Promise.all(ends)).toEqual([true, true, true])
  })

  it('never hold two payloads of one id, so that each answer has one meaning', async () => {
    const { lane, calls, logger } = laneWith({ script: (items) => items.map(({ id }) => ok(id)) })
    const first = lane.submit(group(['x']))
    const ends = [lane.submit(group(['a'], { ids: ['same'] })), lane.submit(group(['b'], { ids: ['same'] })), lane.submit(group(['c']))]
    expect(await Promise.all([first, ...ends])).toEqual([true, true, true, true])
    expect(logger.events()).not.toContain('sink_contract_violation')
    expect(calls).toEqual([['x'], ['a'], ['b', 'c']])
    expect(lane.counters.snapshot().delivered_payloads).toBe(4)
  })
})

describe('failures', () => {
  it('ask per group, and only what failed is delivered again', async () => {
    const asked: string[][] = []
    const { lane, clock, calls } = laneWith({
      rules: { maxInFlight: 1 },
      script: (items, call) =>
        call === 2 ? items.map(({ id, payload }) => ('bd'.includes(String(payload)) ? failure(id, busy()) : ok(id))) : undefined,
      ask: (_group, { payloads }) => {
        asked.push(payloads.map(nameOf))
        return 'RETRY'
      },
    })
    const ends = [group(['x']), group(['a', 'b']), group(['c']), group(['d'])].map((each) => lane.submit(each))
    await clock.advance(1000)
    expect(await Promise.all(ends)).toEqual([true, true, true, true])
    expect(asked).toEqual([['b'], ['d']])
    expect(calls).toEqual([['x'], ['a', 'b', 'c', 'd'], ['b'], ['d']])
    expect(lane.counters.snapshot()).toMatchObject({ delivered_payloads: 5, error_count: 2, retry_count: 2 })
  })

  it('wait as long as the sink asks for, when that is longer than the backoff', async () => {
    const { lane, clock, calls } = laneWith({
      script: (_items, call) => {
        if (call === 1) throw busy(60_000)
      },
      ask: () => 'RETRY',
    })
    const end = lane.submit(group(['a']))
    await clock.advance(59_999)
    expect(calls).toHaveLength(1)
    await clock.advance(1)
    expect(calls).toHaveLength(2)
    expect(await end).toBe(true)
  })

  it('end in the dead letters when no retry is left: maxRetries retries after the first attempt', async () => {
    const asked: number[] = []
    const { lane, clock, calls, letters } = laneWith({
      rules: { maxRetries: 2 },
      script: () => {
        throw new Error('no')
      },
      ask: (_group, { attempts }) => {
        asked.push(attempts)
        return 'RETRY'
      },
    })
    const end = lane.submit(group(['a']))
    await clock.advance(60_000)
    expect(await end).toBe(true)
    expect([asked, calls.length]).toEqual([[1, 2, 3], 3])
    expect(letters).toEqual([{ payloads: ['a'], error: 'no', attempts: 3 }])
  })

  it('of an idempotent sink are tried again at once when they are transient: 50, 100, 200 ms', async () => {
    const { lane, clock, calls } = laneWith({
      rules: { idempotent: true },
      script: () => {
        throw busy()
      },
    })
    const end = lane.submit(group(['a']))
    const counts: number[] = []
    for (const ms of [49, 1, 99, 1, 199, 1]) {
      await clock.advance(ms)
      counts.push(calls.length)
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4])
    expect(await end).toBe(true)
    expect(lane.counters.snapshot()).toMatchObject({ fast_retry_count: 3, retry_count: 0, error_count: 1 })
  })

  it.each([
    ['a sink that is not idempotent', false, busy()],
    ['a permanent failure', true, new SinkError({ kind: 'permanent', message: 'no' })],
  ])('get no fast retry: %s', async (_case, idempotent, error) => {
    const { lane, calls } = laneWith({
      rules: { idempotent },
      script: () => {
        throw error
      },
    })
    expect(await lane.submit(group(['a']))).toBe(true)
    expect(calls).toHaveLength(1)
  })

  it('do not wait for company when they go again', async () => {
    const { lane, clock, calls } = laneWith({
      rules: { idempotent: true, maxItems: 2, maxWaitMs: 60_000 },
      script: (_items, call) => {
        if (call === 1) throw new SinkError({ kind: 'transient', message: 'busy' })
        return undefined
      },
    })
    const ends = [group(['a']), group(['b', 'c'])].map((each) => lane.submit(each))
    await clock.advance(50)
    expect(calls).toEqual([['a'], ['b', 'c'], ['a']])
    expect(await Promise.all(ends)).toEqual([true, true])
  })

  it('of an idempotent sink that asks for a pause go again after that pause', async () => {
    const { lane, clock, calls } = laneWith({
      rules: { idempotent: true },
      script: (_items, call) => {
        if (call === 1) throw busy(5000)
      },
    })
    const end = lane.submit(group(['a']))
    await clock.advance(4999)
    expect(calls).toHaveLength(1)
    await clock.advance(1)
    expect(await end).toBe(true)
    expect(calls).toHaveLength(2)
  })

  it('without a valid answer are permanent, and reported', async () => {
    const errors: SinkError[] = []
    const { lane, logger } = laneWith({
      script: (items) => items.slice(1).map(({ id }) => ok(id)),
      ask: (_group, { error }) => {
        errors.push(error)
        return 'SKIP'
      },
    })
    expect(await lane.submit(group(['a', 'b']))).toBe(true)
    expect(errors.map(({ kind, code }) => [kind, code])).toEqual([['permanent', 'DRK_SINK_CONTRACT']])
    expect(logger.events()).toContain('sink_contract_violation')
  })

  it('count a payload that the sink skips as skipped, not as delivered', async () => {
    const { lane } = laneWith({ script: (items) => items.map(({ id }, index) => (index === 0 ? skip(id) : ok(id))) })
    expect(await lane.submit(group(['a', 'b', 'c']))).toBe(true)
    expect(lane.counters.snapshot()).toMatchObject({ delivered_payloads: 2, skipped_payloads: 1 })
  })
})

describe('a call', () => {
  it('that never answers ends at its deadline, the sink is told, and the failure is transient', async () => {
    const seen: { signal?: AbortSignal; error?: SinkError } = {}
    const { lane, clock } = laneWith({
      rules: { deliveryTimeoutMs: 5 },
      script: (_items, _call, signal) => {
        seen.signal = signal
        return new Promise(() => undefined)
      },
      ask: (_group, { error }) => {
        seen.error = error
        return 'SKIP'
      },
    })
    const settled = lane.submit(group(['a']))
    await clock.advance(4)
    expect(seen.signal?.aborted).toBe(false)
    await clock.advance(1)
    expect(await settled).toBe(true)
    expect(seen.signal?.aborted).toBe(true)
    expect(seen.error).toMatchObject({ kind: 'transient', message: 'no answer within 5 ms' })
  })

  it('goes on while one of its groups is wanted, and ends when none is', async () => {
    const [one, two] = [new AbortController(), new AbortController()]
    const gate = createGate()
    const signals: AbortSignal[] = []
    const { lane } = laneWith({
      script: (_items, call, signal) => {
        signals.push(signal)
        return call === 1 ? gate.opened : new Promise(() => undefined)
      },
    })
    const first = lane.submit(group(['x']))
    const ends = [lane.submit(group(['a'], { signal: one.signal })), lane.submit(group(['b'], { signal: two.signal }))]
    gate.open()
    await first
    await turn()
    one.abort()
    await turn()
    expect(signals[1]?.aborted).toBe(false)
    two.abort()
    expect(await Promise.all(ends)).toEqual([false, false])
    expect(signals[1]?.aborted).toBe(true)
  })
})

describe('a group that is given up', () => {
  it('while queued is not delivered and settles false', async () => {
    const gate = createGate()
    const stop = new AbortController()
    const { lane, calls } = laneWith({ script: () => gate.opened })
    const first = lane.submit(group(['x']))
    const end = lane.submit(group(['a'], { signal: stop.signal }))
    stop.abort()
    gate.open()
    expect(await first).toBe(true)
    expect(await end).toBe(false)
    expect(calls).toEqual([['x']])
  })

  it('before it is submitted settles false', async () => {
    const { lane, calls } = laneWith()
    expect(await lane.submit(group(['a'], { signal: AbortSignal.abort() }))).toBe(false)
    expect([calls, lane.counters.snapshot().abandoned_payloads]).toEqual([[], 1])
  })

  it('while it waits for a fast retry settles false, even if the sink would hang', async () => {
    const stop = new AbortController()
    const { lane, clock, calls } = laneWith({
      rules: { idempotent: true },
      script: (_items, call) => {
        if (call === 1) throw busy()
        return new Promise(() => undefined)
      },
    })
    const end = lane.submit(group(['a'], { signal: stop.signal }))
    await turn()
    stop.abort()
    await clock.advance(60_000)
    expect(await end).toBe(false)
    expect(calls).toHaveLength(1)
  })

  it('while it waits to be tried again settles false at once and does not shorten the wait of its neighbours', async () => {
    const stop = new AbortController()
    const gate = createGate()
    const { lane, clock, calls } = laneWith({
      script: async (_items, call) => {
        if (call === 1) await gate.opened
        if (call === 2) throw busy(5000)
      },
      ask: () => 'RETRY',
    })
    const first = lane.submit(group(['x']))
    const given = lane.submit(group(['a'], { signal: stop.signal }))
    const kept = lane.submit(group(['b']))
    gate.open()
    await first
    await turn()
    stop.abort()
    expect(await given).toBe(false)
    await clock.advance(4999)
    expect(calls).toEqual([['x'], ['a', 'b']])
    await clock.advance(1)
    expect(await kept).toBe(true)
    expect(calls).toEqual([['x'], ['a', 'b'], ['b']])
  })

  it('is not delivered because another of its signal was given up first', async () => {
    const stop = new AbortController()
    const gate = createGate()
    const { lane, calls } = laneWith({ rules: { maxWaitMs: 1000, maxItems: 2 }, script: () => gate.opened })
    const ends = ['a', 'b', 'c'].map((name) => lane.submit(group([name], { signal: stop.signal })))
    expect(calls).toEqual([['a', 'b']])
    ends.push(lane.submit(group(['d'], { signal: stop.signal })))
    stop.abort()
    gate.open()
    expect(await Promise.all(ends)).toEqual([false, false, false, false])
    expect(calls).toEqual([['a', 'b']])
  })
})

describe('a defect of ours', () => {
  const broken = (): never => {
    throw new Error('defect')
  }

  it('fails the groups it befell, and no others: lines, breaker and counters are left whole', async () => {
    const rules = { ordered: true, circuit: { failureThreshold: 1, cooldownMs: 0, onOpen: 'hold' as const } }
    const { lane, calls } = laneWith({
      rules,
      script: (_items, call) => {
        if (call === 1) throw new Error('down')
      },
      exits: { deadLetter: broken },
    })
    const first = lane.submit(group(['a']))
    const second = lane.submit(group(['b']))
    await expect(first).rejects.toThrow('defect')
    expect(await second).toBe(true)
    expect(calls).toEqual([['a'], ['b']])
    await lane.idle()
    const { received_payloads, delivered_payloads, abandoned_payloads } = lane.counters.snapshot()
    expect([received_payloads, delivered_payloads, abandoned_payloads]).toEqual([2, 1, 1])
  })
})
