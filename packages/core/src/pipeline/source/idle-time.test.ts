import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { turn } from '../../../test/support/values.ts'
import { IdleTime, type IdleState } from './idle-time.ts'

it('adds up the time of each state, from the change that began it to the one that ended it', async () => {
  const clock = createFakeClock()
  let state: IdleState = { idleSlots: 0, isConsumerIdle: true }
  let looks = 0
  const idle = new IdleTime(clock, () => {
    looks += 1
    return state
  })
  const become = async (next: IdleState): Promise<void> => {
    state = next
    for (let messages = 0; messages < 100; messages += 1) idle.changed()
    await turn()
  }
  await become(state)
  await clock.advance(2000)
  await become({ idleSlots: 3, isConsumerIdle: false })
  await clock.advance(500)
  await become({ idleSlots: 0, isConsumerIdle: false })
  await clock.advance(10_000)
  expect(looks).toBe(3)
  expect(idle.totals).toEqual({ executorIdleSlotSeconds: 1.5, consumerIdleSeconds: 2 })
  await become({ idleSlots: 1, isConsumerIdle: false })
  await clock.advance(1000)
  expect(idle.totals).toEqual({ executorIdleSlotSeconds: 2.5, consumerIdleSeconds: 2 })
  await clock.advance(1000)
  expect(idle.totals).toEqual({ executorIdleSlotSeconds: 3.5, consumerIdleSeconds: 2 })
})
