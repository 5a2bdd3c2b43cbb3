/** A sink's race without drivers and servers: small real processes in place of the contenders are in run-race.test.ts. */
import { defineSink } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { contenderPlans, sinkRace } from './sink-race.ts'
import { parseSinkRun } from './sink-run.ts'
import type { Place, SinkTarget } from './target.ts'

function fakeTarget(arrived: (sent: number) => number) {
  const state = { created: [] as Place[], dropped: [] as Place[] }
  const unused = () => Promise.reject(new Error('not used by the race itself'))
  const target: SinkTarget = {
    definition: defineSink({ type: 'fake', process: () => undefined }),
    config: () => ({}),
    payload: () => ({}),
    openBare: unused,
    describe: unused,
    create: (place) => {
      state.created.push(place)
      return Promise.resolve()
    },
    count: (_place, sent) => Promise.resolve(arrived(sent)),
    drop: (place) => {
      state.dropped.push(place)
      return Promise.resolve()
    },
  }
  return { target, state }
}

const context = { messages: 1000, folder: '.', kafka: () => Promise.reject(new Error('not needed')) }
const measurement = {
  messages: 1000,
  seconds: 1,
  cpuSeconds: 1,
  childCpuSeconds: null,
  maxRssBytes: 1,
  loopDelayP50Ms: null,
  loopDelayP99Ms: null,
  meanBatch: null,
}

it('compares with the bare driver, which comes first, and leaves out what batches of one would repeat', () => {
  const names = (batch: number) => contenderPlans('redis', batch, 100).map(({ name }) => name)
  expect(names(100)).toEqual(['bare', 'drakkar', 'drakkar-grouped', 'origin'])
  expect(names(1)).toEqual(['bare', 'drakkar'])
})

it('gives every run a place of its own, the same batches, and more payloads than are measured', async () => {
  const { target, state } = fakeTarget((sent) => sent)
  const open = await sinkRace({ sink: 'redis', target, url: 'u', batch: 100 }).open(context)
  const runs = []
  for (const contender of open.contenders) runs.push(await contender.prepare('1'))
  const told = runs.map(({ args }) => parseSinkRun(args.slice(1)))
  expect(new Set(told.map(({ place }) => place.name)).size).toBe(4)
  expect(told.map(({ batch, group, warmUp, measured }) => [batch, group, warmUp, measured])).toEqual([
    [100, 100, 200, 1000],
    [100, 1, 200, 1000],
    [100, 100, 200, 1000],
    [100, 1, 20, 100],
  ])
  for (const run of runs) await run.verify(measurement)
  expect(state.dropped).toEqual(state.created)
  await open.close()
  expect(state.dropped).toHaveLength(4)
})

it('has no result when a payload is missing, and removes what a failed run has left', async () => {
  const { target, state } = fakeTarget((sent) => sent - 1)
  const open = await sinkRace({ sink: 'redis', target, url: 'u', batch: 100 }).open(context)
  const [first, second] = open.contenders
  await expect((await first!.prepare('1')).verify(measurement)).rejects.toThrow('1199 payloads have arrived instead of 1200')
  await second!.prepare('1')
  await open.close()
  expect(state.dropped).toEqual(state.created)
})
