import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Permits } from './permits.ts'

const noSignal = () => new AbortController().signal

it('never lets more run than there are permits, runs everything in order, and gives every permit back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.boolean(), { maxLength: 20 }), fc.scheduler(), async (count, fails, s) => {
      const permits = new Permits(count)
      const started: number[] = []
      let running = 0
      const work = async (index: number, isFailing: boolean) => {
        started.push(index)
        running += 1
        expect(running).toBeLessThanOrEqual(count)
        await s.schedule(Promise.resolve())
        running -= 1
        if (isFailing) throw new Error('failed')
      }
      const all = Promise.allSettled(fails.map((isFailing, index) => permits.run(() => work(index, isFailing), noSignal())))
      await s.waitFor(all)
      expect(started).toEqual(fails.map((_fails, index) => index))
      await s.waitFor(Promise.all(Array.from({ length: count }, () => permits.run(async () => {}, noSignal()))))
    }),
  )
})

it('lets an aborted waiter go without a permit, and nobody loses one', async () => {
  const permits = new Permits(1)
  let finish = (): void => {}
  const first = permits.run(() => new Promise<void>((resolve) => (finish = resolve)), noSignal())
  const controller = new AbortController()
  const second = permits.run(async () => 'second', controller.signal)
  const third = permits.run(async () => 'third', noSignal())
  controller.abort()
  expect(await second).toBe('second')
  finish()
  await first
  expect(await third).toBe('third')
  expect(await permits.run(async () => 'fourth', noSignal())).toBe('fourth')
})
