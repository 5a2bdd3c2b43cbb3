import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Permits } from './permits.ts'

const noSignal = () => new AbortController().signal

it('never lets more run than there are permits, runs everything in order, and gives every permit back', async () => {
  const jobs = fc.array(fc.array(fc.boolean(), { maxLength: 8 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), jobs, fc.scheduler(), async (count, given, s) => {
      const permits = new Permits(count)
      const started: string[] = []
      let running = 0
      const work = (job: number) => async (piece: { readonly index: number; readonly fails: boolean }) => {
        started.push(`${job}.${piece.index}`)
        running += 1
        expect(running).toBeLessThanOrEqual(count)
        await s.schedule(Promise.resolve())
        running -= 1
        if (piece.fails) throw new Error(`failed ${job}`)
      }
      const pieces = given.map((fails) => fails.map((isFailing, index) => ({ index, fails: isFailing })))
      const all = Promise.allSettled(pieces.map((one, job) => permits.runAll(one, work(job), noSignal())))
      await s.waitFor(all)
      expect(started).toEqual(pieces.flatMap((one, job) => one.map(({ index }) => `${job}.${index}`)))
      expect((await all).map(({ status }) => status)).toEqual(given.map((fails) => (fails.includes(true) ? 'rejected' : 'fulfilled')))
      let mostAtOnce = 0
      const last = Array.from({ length: count + 1 }, (_piece, index) => ({ index, fails: false }))
      const counted = async (piece: { readonly index: number; readonly fails: boolean }) => {
        mostAtOnce = Math.max(mostAtOnce, running + 1)
        await work(-1)(piece)
      }
      await s.waitFor(permits.runAll(last, counted, noSignal()))
      expect(mostAtOnce).toBe(count)
    }),
  )
})

it('lets what waits go without a permit when it is aborted, and nobody loses one', async () => {
  const permits = new Permits(1)
  const ran: string[] = []
  const run = async (name: string) => void ran.push(name)
  let finish = (): void => {}
  const first = permits.runAll(['first'], () => new Promise<void>((resolve) => (finish = resolve)), noSignal())
  const controller = new AbortController()
  const second = permits.runAll(['second', 'too'], run, controller.signal)
  const third = permits.runAll(['third'], run, noSignal())
  controller.abort()
  await second
  expect(ran).toEqual(['second', 'too'])
  finish()
  await first
  await third
  await permits.runAll(['fourth'], run, AbortSignal.abort())
  await permits.runAll(['fifth'], run, noSignal())
  expect(ran).toEqual(['second', 'too', 'third', 'fourth', 'fifth'])
})
