import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runRounds, type Progress } from './harness.ts'
import type { Measurement } from './measurement.ts'

const measured = (seconds: number): Measurement => ({
  messages: 100,
  seconds,
  cpuSeconds: seconds / 2,
  childCpuSeconds: null,
  maxRssBytes: 1,
  loopDelayP50Ms: null,
  loopDelayP99Ms: null,
  meanBatch: null,
})

it('alternates, never two at once, and drops exactly the warm-up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), async (contenders, rounds) => {
      const calls: string[] = []
      let running = 0
      const runners = Array.from({ length: contenders }, (_, index) => ({
        name: `c${index}`,
        run: async (id: string) => {
          running += 1
          expect(running).toBe(1)
          await Promise.resolve()
          running -= 1
          calls.push(`${id} c${index}`)
          return measured(calls.length)
        },
      }))
      const series = await runRounds(runners, { rounds, onProgress: () => undefined })
      const ids = ['warm-up', ...Array.from({ length: rounds }, (_, round) => String(round + 1))]
      expect(calls).toEqual(ids.flatMap((id) => runners.map(({ name }) => `${id} ${name}`)))
      // The n-th call measured n seconds, so the series must hold the calls of its contender without the first.
      const expected = runners.map(({ name }, index) => ({
        name,
        runs: ids.slice(1).map((_, round) => measured((round + 1) * contenders + index + 1)),
      }))
      expect(series).toEqual(expected)
    }),
  )
})

it('tells before and after each run', async () => {
  const told: Progress[] = []
  await runRounds([{ name: 'a', run: () => Promise.resolve(measured(1)) }], { rounds: 1, onProgress: (progress) => told.push(progress) })
  expect(told).toEqual([
    { round: 'warm-up', name: 'a' },
    { round: 'warm-up', name: 'a', measurement: measured(1) },
    { round: '1', name: 'a' },
    { round: '1', name: 'a', measurement: measured(1) },
  ])
})

it('ends with the first failure and says whose it was', async () => {
  const ran: string[] = []
  const runner = (name: string, failsIn: string) => ({
    name,
    run: (id: string) => {
      ran.push(`${id} ${name}`)
      return id === failsIn ? Promise.reject(new Error('no luck')) : Promise.resolve(measured(1))
    },
  })
  await expect(runRounds([runner('a', '1'), runner('b', 'never')], { rounds: 2, onProgress: () => undefined })).rejects.toThrow(
    'a failed in round 1: no luck',
  )
  expect(ran).toEqual(['warm-up a', 'warm-up b', '1 a'])
})

it('needs a round', async () => {
  await expect(runRounds([], { rounds: 0, onProgress: () => undefined })).rejects.toThrow('at least one round')
})
