import { expect, it } from 'vitest'
import { once } from './once.ts'

it('starts once for callers at the same time and later', async () => {
  let starts = 0
  const make = once(async () => (starts += 1))
  expect(await Promise.all([make(), make()])).toEqual([1, 1])
  expect(await make()).toBe(1)
})

it('tries again after a failure, also one that is thrown at once', async () => {
  let starts = 0
  const make = once(() => {
    starts += 1
    if (starts < 3) throw new Error(`attempt ${starts}`)
    return starts
  })
  await expect(make()).rejects.toThrow('attempt 1')
  await expect(Promise.allSettled([make(), make()])).resolves.toMatchObject([
    { reason: { message: 'attempt 2' } },
    { reason: { message: 'attempt 2' } },
  ])
  expect(await make()).toBe(3)
})

it('starts again after a reset, without disturbing the attempt that is running', async () => {
  let starts = 0
  const make = once(async () => (starts += 1))
  const first = make()
  make.reset()
  expect(await Promise.all([first, make()])).toEqual([1, 2])
})
