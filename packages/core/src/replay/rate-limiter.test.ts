import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { burstMs, idleRate, nextMessage } from './rate-limiter.ts'

/** Times at which messages go when each is asked for `pauseMs` after the one before it went. */
function sendTimes(rate: number, pausesMs: readonly number[]): readonly number[] {
  let state = idleRate
  let nowMs = 0
  return pausesMs.map((pauseMs) => {
    nowMs += pauseMs
    const step = nextMessage(state, rate, nowMs)
    state = step.state
    nowMs += step.waitMs
    return nowMs
  })
}

const rates = fc.double({ min: 0.1, max: 5000, noNaN: true })

describe('the rate', () => {
  it('is never exceeded in any span', () => {
    fc.assert(
      fc.property(rates, fc.array(fc.nat(300), { minLength: 1, maxLength: 60 }), (rate, pauses) => {
        const times = sendTimes(rate, pauses)
        for (let first = 0; first < times.length; first += 1) {
          for (let last = first; last < times.length; last += 1) {
            const spanMs = (times[last] ?? 0) - (times[first] ?? 0)
            expect(last - first).toBeLessThanOrEqual((rate * (spanMs + burstMs)) / 1000 + 1e-6)
          }
        }
      }),
    )
  })

  it('is reached when there is always something to send', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 2, max: 200 }), (rate, count) => {
        const times = sendTimes(
          rate,
          Array.from({ length: count }, () => 0),
        )
        expect(times.at(-1)).toBeLessThanOrEqual(((count - 1) * 1000) / rate)
      }),
    )
  })

  it('lets the first message go at once', () => {
    expect(nextMessage(idleRate, 0.001, 5).waitMs).toBe(0)
  })
})
