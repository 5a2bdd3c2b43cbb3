import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fastRetryDelayMs, strategyDelayMs } from './retry-delay.ts'

describe('a retry strategy', () => {
  it('waits as the example of the spec: 500 ms, factor 2.2, cap 10 s (NMF-21)', () => {
    const backoff = { intervalMs: 500, factor: 2.2, capMs: 10_000, jitter: 0 }
    const waits = [1, 2, 3, 4, 5, 6].map((retry) => Math.round(strategyDelayMs(backoff, retry, 0.9) / 10) * 10)
    expect(waits).toEqual([500, 1100, 2420, 5320, 10_000, 10_000])
  })

  it('adds at most its share of jitter, on top of the cap, and never goes below the wait without it', () => {
    const rules = fc.record({
      intervalMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      capMs: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      jitter: fc.double({ min: 0, max: 0.99, noNaN: true }),
    })
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (backoff, retry, random) => {
        const bare = strategyDelayMs({ ...backoff, jitter: 0 }, retry, random)
        const wait = strategyDelayMs(backoff, retry, random)
        expect(wait).toBeGreaterThanOrEqual(bare)
        expect(wait).toBeLessThanOrEqual(bare * (1 + backoff.jitter))
        if (backoff.capMs !== null) expect(bare).toBeLessThanOrEqual(backoff.capMs)
      }),
    )
  })
})

it('fast retries wait 50, 100, 200 ms', () => {
  expect([1, 2, 3].map(fastRetryDelayMs)).toEqual([50, 100, 200])
})
