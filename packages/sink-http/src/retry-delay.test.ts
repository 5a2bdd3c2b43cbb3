import { SinkError, type SinkErrorKind } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { retryDelay } from './retry-delay.ts'

const rules = { maxRetries: 3, maxDelayMs: 30_000, random: () => 1 }
const failed = (kind: SinkErrorKind, status: number | null, retryAfterMs?: number) => ({
  status,
  error: new SinkError({ kind, message: 'no', retryAfterMs }),
  attempts: 1,
})

it('waits longer each time, and ends (HTS-5)', () => {
  const delays = [1, 2, 3, 4].map((attempts) => retryDelay({ ...failed('transient', null), attempts }, rules))
  expect(delays).toEqual([100, 200, 400, null])
  expect(retryDelay({ ...failed('transient', 503), attempts: 9 }, { ...rules, maxRetries: 20 })).toBe(2000)
})

it('waits as long as the receiver asks for, at most the limit', () => {
  expect(retryDelay(failed('throttled', 429, 7000), rules)).toBe(7000)
  expect(retryDelay(failed('throttled', 503, 3_600_000), rules)).toBe(30_000)
  expect(retryDelay(failed('throttled', 429), rules)).toBe(100)
})

it.each([
  ['a lost connection', failed('transient', null), true],
  ['500', failed('permanent', 500), true],
  ['400', failed('permanent', 400), false],
  ['302', failed('permanent', 302), false],
  ['a request the client refuses', failed('permanent', null), false],
])('%s is tried again: %s', (_what, attempt, expected) => {
  expect(retryDelay(attempt, rules) !== null).toBe(expected)
})

it('never tries again where that could have a second effect', () => {
  expect(retryDelay(failed('transient', null), { ...rules, maxRetries: 0 })).toBeNull()
})
