import { expect, it } from 'vitest'
import type { Measurement } from '../measurement.ts'
import { createResult } from '../result.ts'
import type { SinkName } from './sink-cases.ts'
import { createSinksResult, type SinkRaceResult } from './sinks-result.ts'
import { sinksMarkdown } from './sinks-table.ts'

const machine = {
  cpu: 'abacus',
  cores: 2,
  memoryBytes: 2 ** 30,
  system: 'Linux',
  loadAverage: { before: 1, after: 2 },
  versions: { node: '20' },
}

const runAt = (perSecond: number): Measurement => ({
  messages: 1000,
  seconds: 1000 / perSecond,
  cpuSeconds: 0.001,
  childCpuSeconds: null,
  maxRssBytes: 1e6,
  loopDelayP50Ms: 10,
  loopDelayP99Ms: 20,
  meanBatch: 95,
})

/** Rates by contender, one of each round. */
function raceOf(sink: SinkName, batch: number, rates: Readonly<Record<string, readonly number[]>>): SinkRaceResult {
  const result = createResult({
    race: { name: 'r', title: 't', about: 'a' },
    at: '2026-01-01T00:00:00.000Z',
    messages: 1000,
    rounds: 2,
    machine,
    leftOut: [],
    series: Object.entries(rates).map(([name, each]) => ({ name, about: name, runs: each.map(runAt) })),
  })
  return { sink, server: `server of ${sink}`, batch, result }
}

it('takes each ratio within its round', () => {
  const race = raceOf('redis', 100, { bare: [1000, 2000], drakkar: [800, 1800], 'drakkar-grouped': [900, 1800], origin: [100, 100] })
  const [row] = createSinksResult([race], []).rows
  expect(row).toMatchObject({ drakkar: { ofBare: { min: 0.8, max: 0.9 } }, overOrigin: { min: 8, max: 18 } })
})

it.each([
  ['reaches both', 'redis', 100, [800, 800, 100], []],
  ['is slow', 'redis', 100, [790, 800, 100], ['redis at 100: drakkar 0.79 of the bare driver, aim 0.8']],
  ['is slow with results of many', 'redis', 500, [800, 500, 100], ['redis at 500: drakkar-grouped 0.50 of the bare driver, aim 0.8']],
  ['gains nothing from batches', 'redis', 100, [800, 800, 200], ["redis at 100: 4.0 times the origin's way, aim 5"]],
  ['cannot gain from batches', 'http', 100, [800, 800, 200], []],
  ['has small batches, for which there is no aim', 'redis', 10, [100, 100, 100], []],
] as const)('names what is below its aim when a sink %s', (_what, sink, batch, [drakkar, grouped, origin], missed) => {
  const race = raceOf(sink, batch, { bare: [1000], drakkar: [drakkar], 'drakkar-grouped': [grouped], origin: [origin] })
  expect(createSinksResult([race], []).missed).toEqual(missed)
})

it('shows one table for each sink, and says loudly what is missing', () => {
  const races = [
    raceOf('redis', 1, { bare: [1000], drakkar: [500] }),
    raceOf('redis', 100, { bare: [1000], drakkar: [500], 'drakkar-grouped': [900], origin: [100] }),
    raceOf('file', 100, { bare: [1000], drakkar: [900], 'drakkar-grouped': [900], origin: [100] }),
  ]
  const text = sinksMarkdown(createSinksResult(races, [{ name: 'mongo', reason: 'no Go' }]))
  expect(text.match(/^## .*/gm)).toEqual(['## redis: commands per second', '## file: lines per second'])
  expect(text).toContain('server of redis; one delivery at a time.')
  expect(text).toContain('| 1 | 1,000 (1,000–1,000) | 500 (500–500) | 0.5 (0.5–0.5) | – | – | – | – | 1 | 1 | – | 95 | 10 / 20 |')
  expect(text).toContain('- redis at 100: drakkar 0.50 of the bare driver, aim 0.8')
  expect(text).toContain('LEFT OUT **mongo**: no Go')
})

it('has no result without a race', () => {
  expect(() => createSinksResult([], [])).toThrow('no sink has a result')
})
