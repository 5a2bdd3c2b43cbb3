import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { RefusedSize } from './refused-size.ts'

it('covers what is as large as the smallest one refused, for five minutes after the last refusal', async () => {
  const clock = createFakeClock()
  const size = new RefusedSize(clock)
  expect(size.covers(Number.MAX_SAFE_INTEGER)).toBe(false)
  size.note(200)
  size.note(100)
  size.note(300)
  expect([size.covers(99), size.covers(100), size.covers(500)]).toEqual([false, true, true])
  await clock.advance(299_999)
  expect(size.covers(100)).toBe(true)
  await clock.advance(1)
  expect(size.covers(500)).toBe(false)
  size.note(400)
  expect([size.covers(399), size.covers(400)]).toEqual([false, true])
})
