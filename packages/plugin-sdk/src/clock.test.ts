import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { systemClock } from './clock.ts'

it('sleeps, and wakes early when the signal aborts', async () => {
  await systemClock.sleep(1)
  const abort = new AbortController()
  const sleeping = systemClock.sleep(1_000_000, abort.signal)
  abort.abort()
  await expect(sleeping).resolves.toBeUndefined()
  await expect(systemClock.sleep(1_000_000, abort.signal)).resolves.toBeUndefined()
})

it('has a wall clock and one that never runs backwards', () => {
  expect(systemClock.now()).toBeGreaterThan(1_600_000_000_000)
  const before = systemClock.monotonicMs()
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before)
})

it('sleeps longer than a timer of Node can, and still wakes when the signal aborts', async () => {
  const abort = new AbortController()
  let awake = false
  const sleeping = systemClock.sleep(2 ** 32, abort.signal).then(() => (awake = true))
  // A timer beyond the limit fires after one millisecond.
  await wait(20)
  expect(awake).toBe(false)
  abort.abort()
  expect(await sleeping).toBe(true)
})
