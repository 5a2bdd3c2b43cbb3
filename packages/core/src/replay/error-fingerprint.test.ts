import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorFingerprint } from './error-fingerprint.ts'

describe('errorFingerprint', () => {
  it.each([
    ['connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED <host>'],
    ['connect ECONNREFUSED [::1]:5432', 'connect ECONNREFUSED <host>'],
    ['getaddrinfo ENOTFOUND db-3.prod.internal', 'getaddrinfo ENOTFOUND <host>'],
    ['no answer from kafka-1:9092 within 3000 ms', 'no answer from <host> within <n> ms'],
    ['GET https://api.acme.com/v1/items/17?x=1 answered 503', 'GET <url> answered 503'],
    ['duplicate key value "a@b.c" in users', 'duplicate key value <text> in users'],
    ["invalid input syntax for type integer: 'abc'", 'invalid input syntax for type integer: <text>'],
    ["can't read it, won't retry", "can't read it, won't retry"],
    ['order 0f8fad5b-d9cb-469f-a165-70867728950e is gone', 'order <id> is gone'],
    ['blob 3f2504e04f8941d3 at 0xdeadbeef', 'blob <id> at <n>'],
    ['expired at 2026-11-21T06:00:00.123Z', 'expired at <time>'],
    ['expired at 2026-11-21 06:00:00,123', 'expired at <time>'],
    ['row 12,345 of 1.5 MB in order-17', 'row <n> of <n> MB in order-<n>'],
    ['several\n   lines', 'several lines'],
    ['', ''],
  ])('%j → %j', (error, fingerprint) => {
    expect(errorFingerprint(error)).toBe(fingerprint)
  })

  it('keeps different errors apart', () => {
    const errors = ['connection refused', 'connection reset', 'permission denied for table a', 'permission denied for table b']
    expect(new Set(errors.map(errorFingerprint)).size).toBe(errors.length)
  })

  it('is short and quick for long texts', () => {
    expect(errorFingerprint('x'.repeat(100_000))).toHaveLength(301)
    expect(errorFingerprint(`"${'\\'.repeat(50_000)}`).length).toBeLessThanOrEqual(301)
    expect(errorFingerprint(`${'a-'.repeat(20_000)}:`).length).toBeLessThanOrEqual(301)
  })

  it('looks at the beginning alone: the time some patterns take grows with the square of the length', () => {
    const quoted = `"${'x'.repeat(490)}"`
    expect(errorFingerprint(`${quoted} then a`)).not.toBe(errorFingerprint(`${quoted} tail b`))
    expect(errorFingerprint(`${quoted}${' '.repeat(10)}a`)).toBe(errorFingerprint(`${quoted}${' '.repeat(10)}b`))
  })

  it('is the same whatever the numbers, ids and quoted values are', () => {
    const words = fc.constantFrom('timeout after', 'row', 'refused by', 'partition')
    const different = fc.oneof(
      fc.nat().map((number) => [String(number), String(number + 1)] as const),
      fc.tuple(fc.uuid(), fc.uuid()),
      fc.tuple(fc.ipV4(), fc.ipV4()),
      fc.tuple(fc.stringMatching(/^[a-z ]*$/), fc.stringMatching(/^[a-z ]*$/)).map(([a, b]) => [`"${a}"`, `"${b}"`] as const),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(words, different), { maxLength: 5 }), (parts) => {
        const text = (side: 0 | 1) => parts.map(([word, values]) => `${word} ${values[side]}`).join(' ')
        expect(errorFingerprint(text(0))).toBe(errorFingerprint(text(1)))
      }),
    )
  })
})

it('keeps what tells causes apart: statuses and codes', () => {
  expect(errorFingerprint('POST answered 400: no id 7')).toBe('POST answered 400: no id <n>')
  expect(errorFingerprint('task ended with exit code 3 after 17 ms')).toBe('task ended with exit code 3 after <n> ms')
})
