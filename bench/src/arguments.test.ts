import { expect, it } from 'vitest'
import { parseBenchArguments } from './arguments.ts'

const known = ['a', 'b']

it('runs every race for five rounds when nothing is said', () => {
  expect(parseBenchArguments([], known)).toEqual({ names: [], rounds: 5, messages: null, kafka: null })
})

it('reads names and options in any order', () => {
  expect(parseBenchArguments(['--rounds', '7', 'b', '--messages', '10', '--kafka', 'h:1'], known)).toEqual({
    names: ['b'],
    rounds: 7,
    messages: 10,
    kafka: 'h:1',
  })
})

it.each([
  [['c'], 'unknown race c; there are a, b'],
  [['--rounds', '0'], '--rounds must be a whole number above 0, not "0"'],
  [['--messages', '1.5'], '--messages must be a whole number above 0'],
  [['--fast'], '--fast'],
])('refuses %j', (args, reason) => {
  expect(() => parseBenchArguments(args, known)).toThrow(reason)
})
