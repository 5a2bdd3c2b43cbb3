import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SinkError } from './errors.ts'
import { jsonText } from './json.ts'

function problemOf(value: unknown): SinkError {
  try {
    jsonText(value)
  } catch (error) {
    if (SinkError.isInstance(error)) return error
    throw error
  }
  throw new Error('it was written')
}

it('writes whatever JSON.stringify writes, the same way', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      expect(jsonText(value)).toBe(JSON.stringify(value))
    }),
  )
})

it('writes a bigint with every digit, wherever it stands', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.jsonValue(), (big, other) => {
      expect(jsonText({ a: [big, other], b: big })).toBe(`{"a":[${big},${JSON.stringify(other)}],"b":${big}}`)
    }),
  )
})

it('treats members as JSON.stringify does when it has to walk', () => {
  const walked = {
    big: 1n,
    date: new Date(0),
    gone: undefined,
    list: [undefined, () => 1],
    nan: Number.NaN,
    wrapped: Object('x'),
    empty: {},
  }
  expect(jsonText(walked)).toBe('{"big":1,"date":"1970-01-01T00:00:00.000Z","list":[null,null],"nan":null,"wrapped":"x","empty":{}}')
})

it('keeps empty objects', () => {
  expect(jsonText({ a: {}, when: new Date(0), b: [{}, null] })).toBe('{"a":{},"when":"1970-01-01T00:00:00.000Z","b":[{},null]}')
})

it('honours toJSON and gives it the key', () => {
  const shown = { toJSON: (key: string) => `under ${key}` }
  expect(jsonText({ a: shown })).toBe('{"a":"under a"}')
  expect(jsonText({ a: shown, big: 1n })).toBe('{"a":"under a","big":1}')
})

it('keeps bytes and objects of classes as JSON.stringify would', () => {
  class Point {
    x = 1
    #hidden = 2
    get sum() {
      return this.x + this.#hidden
    }
  }
  expect(jsonText({ point: new Point(), big: 2n })).toBe('{"point":{"x":1},"big":2}')
})

describe('what cannot be written is a permanent error that names the place', () => {
  const cyclic: { next: { list: unknown[] } } = { next: { list: [] } }
  cyclic.next.list.push(cyclic)
  const throwing = {
    get price(): number {
      throw new Error('no price')
    },
  }
  it.each([
    ['a Map', { a: [{ tags: new Map() }] }, 'a[0].tags'],
    ['a Set', { tags: new Set([1]) }, 'tags'],
    ['a Map that a toJSON gives', { item: { toJSON: () => new Map() } }, 'item'],
    ['a cycle', cyclic, 'next.list[0]'],
    ['a throwing getter', { item: throwing }, 'item.price'],
    ['a throwing toJSON', { item: { toJSON: () => JSON.parse('{') } }, 'item'],
  ])('%s', (_name, value, path) => {
    const error = problemOf(value)
    expect(error).toMatchObject({ code: 'DRK_SINK_PAYLOAD_INVALID', kind: 'permanent' })
    expect(error.message).toContain(`\`${path}\``)
  })

  it.each([undefined, Symbol('x'), () => 1])('%s has no JSON text', (value) => {
    expect(problemOf(value).code).toBe('DRK_SINK_PAYLOAD_INVALID')
  })

  it('nesting that would overflow the stack', () => {
    let deep: unknown = 1n
    for (let level = 0; level < 200_000; level += 1) deep = [deep]
    expect(problemOf(deep).message).toContain('nested too deeply')
  })
})

it('writes an object twice when it occurs twice without a cycle', () => {
  const shared = { n: 1n }
  expect(jsonText([shared, shared])).toBe('[{"n":1},{"n":1}]')
})
