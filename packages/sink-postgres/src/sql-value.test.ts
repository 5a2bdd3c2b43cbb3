import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sqlText } from './sql-value.ts'

it.each([
  ['text', 'text'],
  ['', ''],
  [null, null],
  [0, '0'],
  [-0.5, '-0.5'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [true, 'true'],
  [2n ** 70n, '1180591620717411303424'],
  [{ a: [1, { b: null }], d: new Date(0) }, '{"a":[1,{"b":null}],"d":"1970-01-01T00:00:00.000Z"}'],
  [[1, 'x', null], '[1,"x",null]'],
  [[], '[]'],
  [Buffer.from([0, 255]), '\\x00ff'],
  [new Uint8Array([1, 2, 3]).subarray(1), '\\x0203'],
  [new Uint16Array([1]).buffer, '\\x0100'],
  [new Date('2024-02-29T12:34:56.789Z'), '2024-02-29T12:34:56.789+00:00'],
  [new Date('0001-01-01T00:00:00Z'), '0001-01-01T00:00:00.000+00:00'],
  [new Date('0000-01-01T00:00:00Z'), '0001-01-01T00:00:00.000+00:00 BC'],
  [new Date('-000043-03-15T00:00:00Z'), '0044-03-15T00:00:00.000+00:00 BC'],
  [new Date('+012345-01-01T00:00:00Z'), '12345-01-01T00:00:00.000+00:00'],
])('%s becomes %s (PGS-5)', (value, expected) => {
  expect(sqlText(value)).toBe(expected)
})

it.each([new Date(Number.NaN), new Map(), () => 1, Symbol('s'), { deep: new Set() }])('refuses %s', (value) => {
  expect(() => sqlText(value)).toThrow(expect.objectContaining({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID' }))
})

it('keeps every object as its JSON', () => {
  fc.assert(fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (value) => sqlText(value) === JSON.stringify(value)))
})
