import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compactText, prettyText } from './request.ts'

function cyclic(): unknown {
  const value: Record<string, unknown> = { name: 'loop' }
  value['self'] = value
  return value
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level += 1) value = { value }
  return value
}

const hostile = {
  get broken() {
    throw new Error('getter')
  },
  toJSON() {
    throw new Error('toJSON')
  },
  [Symbol.for('nodejs.util.inspect.custom')]() {
    throw new Error('inspect')
  },
}
const revoked = Proxy.revocable({}, {})
revoked.revoke()

const difficult = [
  ['cyclic', cyclic()],
  ['nested 5000 deep', nested(5000)],
  ['hostile', hostile],
  ['a revoked proxy', revoked.proxy],
  ['a Map', new Map([[1, new Set([2])]])],
  ['undefined', undefined],
  ['a function', () => 'a\nb'],
  ['a symbol', Symbol('s')],
] as const

describe('compactText (BSP-13)', () => {
  it('is exactly one line, and JSON where there is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        const text = compactText(data)
        expect(text.indexOf('\n')).toBe(text.length - 1)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)))
      }),
    )
  })

  it.each(difficult)('is one line for a value that is %s', (_what, data) => {
    expect(compactText(data)).toMatch(/^[^\r\n]+\n$/)
  })
})

describe('prettyText (BSP-12)', () => {
  it.each(difficult)('shows a value that is %s', (_what, data) => {
    expect(prettyText(data)).toMatch(/^[^]+\n$/)
  })

  it('marks a cycle and spreads a large value over lines', () => {
    expect(prettyText(cyclic())).toContain('[Circular *1]')
    expect(
      prettyText(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`key${n}`, 'x'.repeat(20)]))).split('\n').length,
    ).toBeGreaterThan(10)
  })
})
