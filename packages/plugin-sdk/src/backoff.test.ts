import { expect, it } from 'vitest'
import { backoffDelayMs, type BackoffRules } from './backoff.ts'

const rules: BackoffRules = { baseMs: 100, factor: 2, capMs: 500, jitter: 0 }

it('grows by its factor up to its cap', () => {
  expect([1, 2, 3, 4, 50].map((retry) => backoffDelayMs(rules, retry, 0.9))).toEqual([100, 200, 400, 500, 500])
})

it('is shortened by at most its jitter', () => {
  const halved: BackoffRules = { ...rules, jitter: 0.5 }
  expect([0, 0.5, 1].map((random) => backoffDelayMs(halved, 2, random))).toEqual([200, 150, 100])
})
