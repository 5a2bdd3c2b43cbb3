import { expect, it } from 'vitest'
import { parseBenchArguments } from './arguments.ts'
import { batchSizes, sinkNames } from './sinks/sink-cases.ts'

const known = ['a', 'b']
const everySink = { payloads: null, sinks: sinkNames, batches: batchSizes }

it('runs every race for five rounds when nothing is said', () => {
  expect(parseBenchArguments([], known)).toEqual({ names: [], rounds: 5, messages: null, kafka: null, ...everySink })
})

it('reads names and options in any order', () => {
  expect(parseBenchArguments(['--rounds', '7', 'b', '--messages', '10', '--kafka', 'h:1'], known)).toEqual({
    names: ['b'],
    rounds: 7,
    messages: 10,
    kafka: 'h:1',
    ...everySink,
  })
})

it('reads which sinks, batches and how many payloads', () => {
  const { sinks, batches, payloads } = parseBenchArguments(['--sinks', 'redis,file', '--batches', '100,7', '--payloads', '50'], known)
  expect({ sinks, batches, payloads }).toEqual({ sinks: ['redis', 'file'], batches: [100, 7], payloads: 50 })
})

it.each([
  [['c'], 'unknown race c; there are a, b'],
  [['--rounds', '0'], '--rounds must be a whole number above 0, not "0"'],
  [['--messages', '1.5'], '--messages must be a whole number above 0'],
  [['--batches', '10,'], '--batches must be a whole number above 0, not ""'],
  [['--sinks', 'redis,ftp'], 'unknown sink "ftp"; there are postgres, mongo'],
  [['--fast'], '--fast'],
])('refuses %j', (args, reason) => {
  expect(() => parseBenchArguments(args, known)).toThrow(reason)
})
