import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterPressure, afterStart, fullLimit, type ConcurrencyLimit } from './concurrency-limit.ts'

function starts(state: ConcurrencyLimit, count: number): ConcurrencyLimit {
  return Array.from({ length: count }).reduce<ConcurrencyLimit>((current) => afterStart(current), state)
}

describe('the limit under pressure', () => {
  it('halves what really ran, and pauses', () => {
    expect(afterPressure(fullLimit(16), 10, 1000)).toMatchObject({ limit: 5, pausedUntilMs: 1025 })
  })

  it('counts a burst of failures once', () => {
    const once = afterPressure(fullLimit(16), 16, 1000)
    expect(afterPressure(afterPressure(once, 15, 1001), 14, 1002)).toEqual(once)
  })

  it('pauses longer and longer while nothing starts, to a bound', () => {
    let state = fullLimit(4)
    const pauses: number[] = []
    for (let nowMs = 0; pauses.length < 12; nowMs = state.pausedUntilMs) {
      state = afterPressure(state, 1, nowMs)
      pauses.push(state.pausedUntilMs - nowMs)
    }
    expect(pauses).toEqual([25, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000])
  })

  it('grows by one for every limit-ful of starts, up to the maximum', () => {
    const shrunk = afterPressure(fullLimit(4), 4, 0)
    expect(shrunk.limit).toBe(2)
    expect(starts(shrunk, 1).limit).toBe(2)
    expect(starts(shrunk, 2).limit).toBe(3)
    expect(starts(shrunk, 5).limit).toBe(4)
    expect(starts(shrunk, 50).limit).toBe(4)
  })

  it('stays between one and the maximum whatever happens', () => {
    const events = fc.array(fc.oneof(fc.constant('start'), fc.nat(40)), { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), events, (max, happened) => {
        let state = fullLimit(max)
        for (const [index, event] of happened.entries()) {
          state = typeof event === 'number' ? afterPressure(state, Math.max(1, event), index * 10_000) : afterStart(state)
          expect(state.limit).toBeGreaterThanOrEqual(1)
          expect(state.limit).toBeLessThanOrEqual(max)
        }
      }),
    )
  })
})
