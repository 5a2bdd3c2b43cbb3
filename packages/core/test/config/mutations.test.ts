import { ConfigError } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadText } from './load-text.ts'
import { quickStart } from './quick-start.ts'

/** What typing, editors and transports do to a file, and what an attacker would try. */
const fragments = [
  '\t',
  '\n',
  '  ',
  ':',
  ': ',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '!x ',
  '!!binary ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '#',
  '|',
  '>',
  '%',
  '---\n',
  '${',
  '${A}',
  '$${',
  '\0',
  '\uFEFF',
  '\u2028',
  '💥',
  '? ',
  '__proto__',
  'null',
  '.nan',
  '1e999',
  '0o17',
  '~',
]

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(2000), text: fc.constantFrom(...fragments) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(2000), length: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(2000), length: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(2000) }),
)
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never

function mutate(text: string, change: Mutation): string {
  const at = text.length === 0 ? 0 : change.at % text.length
  switch (change.kind) {
    case 'insert':
      return text.slice(0, at) + change.text + text.slice(at)
    case 'delete':
      return text.slice(0, at) + text.slice(at + change.length)
    case 'repeat':
      return text.slice(0, at + change.length) + text.slice(at)
    case 'cut':
      return text.slice(0, at)
  }
}

/** Anything but a `ConfigError` passes through and fails the test. */
function outcomeOf(text: string): string {
  try {
    return Object.isFrozen(loadText(text, { A: 'x' }).config) ? 'loaded' : 'loaded without freezing'
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    const placed = error.problems.filter(
      ({ origin, line, column }) => origin === 'drakkar.yaml' && line !== undefined && column !== undefined,
    )
    return placed.length > 0 && placed.length === error.problems.length ? 'refused with places' : error.message
  }
}

test('a damaged file either loads or is refused with places, and nothing else is ever thrown', () => {
  let refused = 0
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (changes) => {
      const text = changes.reduce(mutate, quickStart)
      const outcome = outcomeOf(text)
      if (outcome !== 'loaded') refused += 1
      expect(outcome).toMatch(/^(loaded|refused with places)$/)
    }),
    { numRuns: 600 },
  )
  expect(refused).toBeGreaterThan(50)
})

test.each([
  ['flow lists', '['.repeat(20_000)],
  ['flow mappings', '{a: '.repeat(20_000)],
  ['block lists', '- '.repeat(20_000)],
  ['block lists below a key', `a:\n${'- '.repeat(50_000)}`],
  ['explicit keys', '? '.repeat(50_000)],
  ['indentation', `${' '.repeat(100_000)}a: 1`],
  ['an alias to itself', 'executor: &a\n  env: *a'],
])('%s nested without end are refused', (_, text) => {
  expect(() => loadText(text)).toThrow(ConfigError)
})
