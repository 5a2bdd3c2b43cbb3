import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { closeGraceMs, longestStepMs, StopBudget } from './stop-budget.ts'

it('lets every step have half of what is left, and nothing after the end', async () => {
  const clock = createFakeClock()
  const budget = new StopBudget(clock, 3500)
  expect(budget.stepMs).toBe((3500 + closeGraceMs) / 2)
  await clock.advance(3500)
  expect(budget.stepMs).toBe(closeGraceMs / 2)
  await clock.advance(closeGraceMs * 2)
  expect(budget.stepMs).toBe(0)
  expect(new StopBudget(clock, 3_600_000).stepMs).toBe(longestStepMs)
})

it('ends, however many steps never do', async () => {
  const clock = createFakeClock()
  const budget = new StopBudget(clock, 1000)
  const stuck = new Promise<never>(() => undefined)
  const steps = (async () => {
    for (let step = 0; step < 20; step += 1) expect(await budget.step(stuck)).toBe(false)
    expect(await budget.step(Promise.resolve())).toBe(true)
  })()
  await clock.advance(1000 + closeGraceMs)
  await steps
})
