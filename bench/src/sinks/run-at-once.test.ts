import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runAtOnce } from './run-at-once.ts'

it('works on every item once, in order of start, and keeps as many under way as it may', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 8 }), fc.scheduler(), async (count, atOnce, scheduler) => {
      const items = Array.from({ length: count }, (_item, index) => index)
      const started: number[] = []
      let underWay = 0
      let most = 0
      const running = runAtOnce(items, atOnce, async (item) => {
        started.push(item)
        underWay += 1
        most = Math.max(most, underWay)
        await scheduler.schedule(Promise.resolve())
        underWay -= 1
      })
      await scheduler.waitFor(running)
      expect(started).toEqual(items)
      expect(most).toBe(Math.min(atOnce, count))
      expect(underWay).toBe(0)
    }),
  )
})

it('rejects with the first failure', async () => {
  const work = (item: number) => (item === 2 ? Promise.reject(new Error('no luck with 2')) : Promise.resolve())
  await expect(runAtOnce([1, 2, 3], 2, work)).rejects.toThrow('no luck with 2')
})
