import fc from 'fast-check'
import { expect, it } from 'vitest'
import { median, ratios, spread } from './statistics.ts'

const amounts = fc.array(fc.double({ min: 0.001, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 })

it.each([
  [[3], 3],
  [[1, 10], 5.5],
  [[9, 1, 5], 5],
  [[10, 9, 100, 1], 9.5],
])('takes the middle of %j', (values, middle) => {
  expect(median(values)).toBe(middle)
})

it('has as many values at or below the median as at or above it, whatever the order', () => {
  fc.assert(
    fc.property(amounts, (values) => {
      const middle = median(values)
      expect(values.filter((value) => value <= middle).length * 2).toBeGreaterThanOrEqual(values.length)
      expect(values.filter((value) => value >= middle).length * 2).toBeGreaterThanOrEqual(values.length)
      expect(median(values.toReversed())).toBe(middle)
      expect(spread(values)).toEqual({ median: middle, min: Math.min(...values), max: Math.max(...values) })
    }),
  )
})

it('takes ratios round by round: what slows a whole round changes none of them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 20 })), { minLength: 1 }), (rounds) => {
      const base = rounds.map(([, slowness]) => 2 ** slowness)
      const values = rounds.map(([factor, slowness]) => factor * 2 ** slowness)
      expect(ratios(values, base)).toEqual(spread(rounds.map(([factor]) => factor)))
    }),
  )
})

it('refuses what has no answer', () => {
  expect(() => median([])).toThrow('median of nothing')
  expect(() => ratios([1, 2], [1])).toThrow('2 values against 1')
})
