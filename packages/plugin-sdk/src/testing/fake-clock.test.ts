import { expect, it } from 'vitest'
import { createFakeClock } from './fake-clock.ts'

it('ends sleeps in their order, each at the time it was due', async () => {
  const clock = createFakeClock(1000)
  const log: [string, number, number][] = []
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms)
    log.push([name, clock.monotonicMs(), clock.now()])
  }
  void sleep('late', 30)
  void sleep('early', 10).then(() => sleep('follows', 5))
  await clock.advance(29)
  expect(log).toEqual([
    ['early', 10, 1010],
    ['follows', 15, 1015],
  ])
  expect(clock.sleeping).toBe(1)
  await clock.advance(1)
  expect(log.at(-1)).toEqual(['late', 30, 1030])
})

it('ends a sleep when its signal aborts, and forgets it', async () => {
  const clock = createFakeClock()
  const abort = new AbortController()
  const sleeping = clock.sleep(1000, abort.signal)
  abort.abort()
  await sleeping
  await clock.sleep(1000, abort.signal)
  expect(clock.sleeping).toBe(0)
})

it('ends one sleep at a time when asked to', async () => {
  const clock = createFakeClock()
  const ended: string[] = []
  void clock.sleep(10).then(() => ended.push('late'))
  void clock.sleep(5).then(() => ended.push('early'))
  void clock.sleep(Infinity).then(() => ended.push('never'))
  expect(clock.wakeNext(4)).toBe(false)
  expect(clock.monotonicMs()).toBe(0)
  expect(clock.wakeNext()).toBe(true)
  await Promise.resolve()
  expect([ended, clock.monotonicMs()]).toEqual([['early'], 5])
  expect([clock.wakeNext(5), clock.wakeNext()]).toEqual([true, false])
  expect(clock.monotonicMs()).toBe(10)
})
