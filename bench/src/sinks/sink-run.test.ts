import { expect, it } from 'vitest'
import { parseSinkRun, sinkRunArguments, type SinkRun } from './sink-run.ts'

it('reads what it writes', () => {
  const run: SinkRun = {
    sink: 'redis',
    place: { url: 'redis://h:1/0?a=b c', name: 'bench_1' },
    batch: 100,
    group: 1,
    warmUp: 20,
    measured: 100,
  }
  expect(parseSinkRun(sinkRunArguments(run))).toEqual(run)
})

it.each([[['ftp', 'url', 'name', '1', '1', '1', '1']], [['redis', 'url', 'name', '1', '1', '1']], [[]]])('refuses %j', (args) => {
  expect(() => parseSinkRun(args)).toThrow('usage: SINK URL')
})
