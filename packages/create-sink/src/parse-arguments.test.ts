import { expect, it } from 'vitest'
import { parseArguments } from './parse-arguments.ts'

it.each([
  [['parcels'], { kind: 'create', target: 'parcels', type: null, language: 'typescript' }],
  [['--js', 'parcels', '--type', 'p'], { kind: 'create', target: 'parcels', type: 'p', language: 'javascript' }],
  [['parcels', '--help'], { kind: 'help' }],
  [['-v'], { kind: 'version' }],
])('%j', (given, wish) => {
  expect(parseArguments(given)).toEqual(wish)
})

it.each([
  [[], /say what the package is to be called/],
  [[''], /say what the package is to be called/],
  [['a', 'b'], /what is "b"\? Options come after --, as in: -- --type b/],
  [['a', '--typo'], /^Unknown option '--typo'$/],
  [['a', '--type'], /argument missing/],
])('refuses %j', (given, message) => {
  expect(() => parseArguments(given)).toThrow(message)
})
