import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupByFile, jsonLine, lineBytes, plainLine } from './request.ts'

describe('jsonLine', () => {
  it('is one line that reads back as the value, whatever the strings in it hold (FSS-11)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = jsonLine(value)
        expect(text.indexOf('\n')).toBe(text.length - 1)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('refuses a value without JSON text', () => {
    expect(() => jsonLine(undefined)).toThrow('no JSON text')
  })
})

describe('plainLine', () => {
  it.each([
    ['a string', 'héllo', Buffer.from('héllo\n')],
    ['bytes', new Uint8Array([0xff, 0x00]), Buffer.from([0xff, 0x00, 0x0a])],
    ['a part of a larger buffer', Buffer.from('xyz').subarray(1, 2), Buffer.from('y\n')],
    ['an object', { a: 1 }, Buffer.from('{"a":1}\n')],
  ])('writes %s as it is or as JSON', (_what, data, expected) => {
    expect(lineBytes(plainLine(data))).toEqual(expected)
  })
})

describe('groupByFile', () => {
  it('keeps every line once, in order, in the one append of its file', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('/a', '/b', '/c')), (files) => {
        const lines = files.map((file, index) => ({
          id: String(index),
          target: { path: file, entry: null },
          line: index % 3 === 0 ? Buffer.from([0xff, 0x0a]) : `é${index}\n`,
        }))
        const groups = groupByFile(lines)
        expect(new Set(groups.map((group) => group.target.path)).size).toBe(groups.length)
        for (const { target, ids, bytes } of groups) {
          const expected = lines.filter((line) => line.target.path === target.path)
          expect(ids).toEqual(expected.map((line) => line.id))
          expect(bytes).toEqual(Buffer.concat(expected.map(({ line }) => Buffer.from(line))))
        }
        expect(groups.flatMap((group) => group.ids)).toHaveLength(lines.length)
      }),
    )
  })
})
