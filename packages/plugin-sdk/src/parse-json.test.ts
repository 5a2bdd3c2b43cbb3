import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxJsonDepth, parseJson } from './parse-json.ts'

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

it('reads what JSON.parse reads, from text and from bytes', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!text.includes('__proto__'))
      expect(parseJson(text)).toEqual(JSON.parse(text))
      expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text))
    }),
  )
})

describe('members called __proto__', () => {
  it.each(['__proto__', '\\u005f_proto__', '__\\u0070roto__', '_\\u005Fpr\\u006Fto__'])('%s never survives, at any depth', (name) => {
    const value = parseJson(`{"a":[{"${name}":{"polluted":true},"kept":1}],"${name}":1}`)
    expect(JSON.stringify(value)).toBe('{"a":[{"kept":1}]}')
    expect(Object.assign({}, (value as { a: object[] }).a[0])).not.toHaveProperty('polluted')
  })

  it('the word is kept where it is a value', () => {
    expect(parseJson('["__proto__"]')).toEqual(['__proto__'])
  })
})

describe('nesting', () => {
  it('is accepted up to the limit and refused beyond it', () => {
    expect(parseJson(nested(maxJsonDepth))).toBeInstanceOf(Array)
    expect(() => parseJson(nested(maxJsonDepth + 1))).toThrow(SyntaxError)
  })

  it('of millions of levels is refused without an overflow', () => {
    expect(() => parseJson('['.repeat(5_000_000))).toThrow(/nested deeper/)
    expect(() => parseJson('{"a":'.repeat(1_000_000))).toThrow(/nested deeper/)
  })

  it('does not count brackets inside strings', () => {
    const text = JSON.stringify(['['.repeat(2 * maxJsonDepth), '"\\['.repeat(maxJsonDepth)])
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })
})

it('refuses bytes that are not UTF-8, and skips a byte order mark', () => {
  expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(SyntaxError)
  expect(parseJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toBe(1)
})

it.each(['', '{', '"', '"\\', 'nul', '[1,]'])('refuses %j', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError)
})
