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
