import { SinkError } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteIdentifier, quoteTable } from './identifier.ts'

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'.split('')
const digits = '0123456789'.split('')
const letter = fc.constantFrom(...letters)
const validName = fc
  .tuple(letter, fc.string({ unit: fc.constantFrom(...letters, ...digits), maxLength: 62 }))
  .map((parts) => parts.join(''))
const hostilePiece = fc.constantFrom(
  'a',
  'B',
  '_',
  '9',
  '"',
  "'",
  ';',
  '.',
  ' ',
  '--',
  '/*',
  '\0',
  '\n',
  '\\',
  '$1',
  '(',
  ')',
  'é',
  '\uD800',
  'Å',
  '""',
  'select',
  '\u2028',
)
const hostileName = fc.array(hostilePiece, { maxLength: 6 }).map((pieces) => pieces.join(''))
const anyName = fc.oneof(hostileName, fc.string({ unit: 'binary', maxLength: 12 }), validName)

/** The rule written another way. */
function isPlain(name: string): boolean {
  const units = name.split('')
  return letters.includes(units[0] ?? '') && units.length <= 63 && units.every((unit) => letters.includes(unit) || digits.includes(unit))
}

function outcome(quote: (name: string) => string, name: string): string | null {
  try {
    return quote(name)
  } catch (error) {
    expect(SinkError.isInstance(error) && error.kind === 'permanent' && error.message.startsWith('Invalid SQL identifier')).toBe(true)
    return null
  }
}

describe('quoteIdentifier (PGS-2, SEC-14)', () => {
  it('quotes plain names and refuses every other, 60 000 of them', () => {
    fc.assert(
      fc.property(anyName, (name) => outcome(quoteIdentifier, name) === (isPlain(name) ? `"${name}"` : null)),
      { numRuns: 60_000 },
    )
  })

  it('accepts every plain name', () => {
    fc.assert(fc.property(validName, (name) => quoteIdentifier(name) === `"${name}"`))
  })

  it.each(['a"; drop', '', '1a', 'a.b', 'a\n', 'x'.repeat(64)])('refuses %j', (name) => {
    expect(() => quoteIdentifier(name)).toThrow('Invalid SQL identifier')
  })
})

describe('quoteTable (PGS-3)', () => {
  it('quotes each part and refuses every other name, 60 000 of them', () => {
    const tableName = fc.oneof(
      anyName,
      fc.array(anyName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.')),
    )
    fc.assert(
      fc.property(tableName, (name) => {
        const parts = name.split('.')
        const isTable = parts.length <= 2 && parts.every(isPlain)
        return outcome(quoteTable, name) === (isTable ? parts.map((part) => `"${part}"`).join('.') : null)
      }),
      { numRuns: 60_000 },
    )
  })

  it('shows no more than the beginning of a long name', () => {
    expect(() => quoteTable('x y'.repeat(100_000))).toThrow(/^.{1,120}$/)
  })
})
