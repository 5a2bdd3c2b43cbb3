/** Which payloads share a batch, when it goes, and who may overtake whom. */
import { failure, ok, SinkError } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { group, laneWith, type Script } from '../../../test/support/lanes.ts'
import { turn } from '../../../test/support/values.ts'
import { createGate } from '../../../test/support/waiting.ts'

const busy = new SinkError({ kind: 'transient', message: 'busy' })
/** The line is the first letter; a payload that begins with `-` stands in none. */
const line = (payload: unknown): string | null => (String(payload).startsWith('-') ? null : String(payload).slice(0, 1))

/** Fails the payload named, the first `times` times it comes, and holds back those behind it in its line. */
function failing(name: string, times: number): Script {
  let left = times
  return (items) => {
    const failed = new Set<string | null>()
    return items.map(({ id, payload }) => {
      if (failed.has(line(payload))) return failure(id, busy)
      if (payload !== name || left === 0) return ok(id)
      left -= 1
      failed.add(line(payload))
      return failure(id, busy)
    })
  }
}

describe('a batch', () => {
  it('ends at max_bytes; a larger payload goes alone', async () => {
    const gate = createGate()
    const { lane, calls } = laneWith({ rules: { maxBytes: 10 }, script: () => gate.opened })
    const sizes = { x: 1, a: 6, b: 4, c: 1, d: 50, e: 5 }
    const ends = Object.entries(sizes).map(([name, bytes]) => lane.submit(group([name], { bytes })))
    gate.open()
    await Promise.all(ends)
    expect(calls).toEqual([['x'], ['a', 'b'], ['c'], ['d'], ['e']])
  })

  it('takes a group larger than the limits in parts, with one decision and one dead letter for all of it', async () => {
    const asked: number[] = []
    const { lane, calls, letters } = laneWith({
      rules: { maxItems: 2 },
      script: (items) => items.map(({ id, payload }) => ('bde'.includes(String(payload)) ? failure(id, 'refused') : ok(id))),
      ask: (_group, { payloads }) => {
        asked.push(payloads.length)
        return 'DLQ'
      },
    })
    expect(await lane.submit(group(['a', 'b', 'c', 'd', 'e']))).toBe(true)
    expect(calls).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(asked).toEqual([3])
    expect(letters).toEqual([{ payloads: ['b', 'd', 'e'], error: 'refused', attempts: 1 }])
  })

  it('takes parts by bytes too, at least one payload each', async () => {
    const { lane, calls } = laneWith({ rules: { maxBytes: 10 } })
    await lane.submit(group(['a', 'b', 'c'], { bytes: 5 }))
    await lane.submit(group(['d', 'e'], { bytes: 11 }))
    expect(calls).toEqual([['a', 'b'], ['c'], ['d'], ['e']])
  })
})

describe('max_wait_ms', () => {
  const rules = { maxWaitMs: 100, maxItems: 3 }

  it('lets payloads wait for company, from the first on', async () => {
    const { lane, clock, calls } = laneWith({ rules })
    const ends = [lane.submit(group(['a']))]
    await clock.advance(60)
    ends.push(lane.submit(group(['b'])))
    await clock.advance(39)
    expect(calls).toEqual([])
    await clock.advance(1)
    await Promise.all(ends)
    expect(calls).toEqual([['a', 'b']])
    expect(clock.sleeping).toBe(0)
  })

  it('ends when the batch is full', async () => {
    const { lane, calls } = laneWith({ rules })
    await Promise.all(['a', 'b', 'c'].map((name) => lane.submit(group([name]))))
    expect(calls).toEqual([['a', 'b', 'c']])
  })

  it('ends when the lane is told to hurry, until it is calm again', async () => {
    const { lane, clock, calls } = laneWith({ rules })
    const first = lane.submit(group(['a']))
    const calm = lane.hurry()
    await first
    await lane.submit(group(['b']))
    calm()
    const third = lane.submit(group(['c']))
    await turn()
    expect(calls).toEqual([['a'], ['b']])
    await clock.advance(100)
    await third
    expect(calls).toEqual([['a'], ['b'], ['c']])
  })

  it('does not hold up a retry', async () => {
    const { lane, clock, calls } = laneWith({ rules, script: failing('a', 1), ask: () => 'RETRY' })
    const end = lane.submit(group(['a']))
    await clock.advance(100)
    expect(calls).toHaveLength(1)
    await clock.advance(100)
    expect(await end).toBe(true)
    expect(calls).toHaveLength(2)
  })

  it('leaves no timer behind when the lane is stopped', async () => {
    const stop = new AbortController()
    const { lane, clock } = laneWith({ rules })
    const end = lane.submit(group(['a'], { signal: stop.signal }))
    expect(clock.sleeping).toBe(1)
    stop.abort()
    expect(await end).toBe(false)
    lane.stop()
    expect(clock.sleeping).toBe(0)
  })
})

describe('an ordered lane', () => {
  const rules = { ordered: true, maxRetries: 9 }

  it('lets nothing of a line overtake what waits to be tried again; other lines pass', async () => {
    const { lane, clock, calls } = laneWith({ rules, script: failing('a1', 2), ask: () => 'RETRY' })
    const ends = ['a1', 'b1', 'a2', '-x', 'b2'].map((name) => lane.submit(group([name], { line })))
    await turn()
    expect(calls).toEqual([['a1'], ['b1', '-x', 'b2']])
    await clock.advance(60_000)
    await Promise.all(ends)
    expect(calls.slice(2)).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2'],
    ])
  })

  it('without keys is one line', async () => {
    const { lane, clock, calls } = laneWith({ rules, script: failing('a', 1), ask: () => 'RETRY' })
    const ends = ['a', 'b', 'c'].map((name) => lane.submit(group([name])))
    await turn()
    expect(calls).toEqual([['a']])
    await clock.advance(60_000)
    await Promise.all(ends)
    expect(calls).toEqual([['a'], ['a', 'b', 'c']])
  })

  it('keeps the order of two that wait, whoever is due first', async () => {
    let calls2 = 0
    const { lane, clock, calls } = laneWith({
      rules,
      script: (items) => {
        calls2 += 1
        if (calls2 !== 2) return items.map(({ id }) => ok(id))
        return items.map(({ id, payload }) =>
          failure(id, new SinkError({ kind: 'throttled', message: 'slow', retryAfterMs: payload === 'a1' ? 5000 : 1000 })),
        )
      },
      ask: () => 'RETRY',
    })
    const ends = ['x', 'a1', 'a2'].map((name) => lane.submit(group([name], { line })))
    await clock.advance(4000)
    expect(calls).toEqual([['x'], ['a1', 'a2']])
    await clock.advance(60_000)
    await Promise.all(ends)
    expect(calls.slice(2)).toEqual([['a1', 'a2']])
  })

  it('goes on when what it waited for has left for the dead letters, though these are not written yet', async () => {
    const gate = createGate()
    const { lane, calls } = laneWith({
      rules,
      script: failing('a1', 1),
      exits: { deadLetter: () => gate.opened.then(() => 'dead_lettered') },
    })
    const first = lane.submit(group(['a1'], { line }))
    const second = lane.submit(group(['a2'], { line }))
    expect(await second).toBe(true)
    expect(calls).toEqual([['a1'], ['a2']])
    gate.open()
    expect(await first).toBe(true)
  })

  it('goes on when what it waited for is given up', async () => {
    const stop = new AbortController()
    const { lane, clock, calls } = laneWith({ rules, script: failing('a1', 9), ask: () => 'RETRY' })
    const first = lane.submit(group(['a1'], { line, signal: stop.signal }))
    const second = lane.submit(group(['a2'], { line }))
    await turn()
    stop.abort()
    await clock.advance(0)
    expect(await Promise.all([first, second])).toEqual([false, true])
    expect(calls).toEqual([['a1'], ['a2']])
  })

  it('sends no further part of a group before what failed of it is decided', async () => {
    const { lane, calls, letters } = laneWith({ rules: { ...rules, maxItems: 2 }, script: failing('b', 1) })
    expect(await lane.submit(group(['a', 'b', 'c', 'd']))).toBe(true)
    expect(calls).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect(letters).toEqual([{ payloads: ['b'], error: 'busy', attempts: 1 }])
  })

  it('gives the rest of a group its own retries when what failed of it has left', async () => {
    const { lane, clock, calls, letters } = laneWith({
      rules: { ordered: true, maxItems: 2, maxRetries: 1 },
      script: () => {
        throw new SinkError({ kind: 'transient', message: 'busy' })
      },
      ask: () => 'RETRY',
    })
    const end = lane.submit(group(['a', 'b', 'c', 'd']))
    await clock.advance(60_000)
    expect(await end).toBe(true)
    expect(calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ])
    expect(letters.map(({ attempts }) => attempts)).toEqual([2, 2])
  })

  it('keeps a line in order with several calls at once', async () => {
    const gates = [createGate(), createGate(), createGate()]
    const { lane, calls } = laneWith({ rules: { ...rules, maxInFlight: 3 }, script: (_items, call) => gates[call - 1]?.opened })
    const ends = ['a1', 'a2', 'b1'].map((name) => lane.submit(group([name], { line })))
    await turn()
    expect(calls).toEqual([['a1'], ['b1']])
    gates[0]?.open()
    await turn()
    expect(calls).toEqual([['a1'], ['b1'], ['a2']])
    for (const gate of gates) gate.open()
    await Promise.all(ends)
  })
})

describe('an unordered lane', () => {
  it('delivers what comes while others wait to be tried again, and keeps no place for them', async () => {
    const { lane, clock, calls } = laneWith({ script: failing('a', 1), ask: () => 'RETRY' })
    const waiting = lane.submit(group(['a']))
    await turn()
    expect(lane.queueDepth).toBe(1)
    expect(await lane.submit(group(['b']))).toBe(true)
    await clock.advance(1000)
    expect(await waiting).toBe(true)
    expect(calls).toEqual([['a'], ['b'], ['a']])
    expect(lane.queueDepth).toBe(0)
  })
})

describe('a full queue', () => {
  it('asks the source to rest at the high watermark and lets it go on at the low one', async () => {
    const gate = createGate()
    const { lane, throttles } = laneWith({ rules: { maxItems: 250 }, script: () => gate.opened })
    const ends = Array.from({ length: 1000 }, () => lane.submit(group(['a'])))
    expect(throttles).toEqual([])
    ends.push(lane.submit(group(['a'])))
    expect(throttles).toEqual(['+queue'])
    gate.open()
    await Promise.all(ends)
    expect(throttles).toEqual(['+queue', '-queue'])
  })
})
