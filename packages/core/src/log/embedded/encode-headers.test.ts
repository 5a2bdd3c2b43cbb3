import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeHeaders, encodeHeaders } from './encode-headers.ts'

it('headers survive in order, with repeated names and any bytes', () => {
  const header = fc.tuple(fc.string({ unit: 'grapheme' }), fc.uint8Array())
  fc.assert(
    fc.property(fc.array(header), (headers) => {
      const decoded = decodeHeaders(encodeHeaders(headers)).map(([name, value]) => [name, Uint8Array.from(value)])
      expect(decoded).toEqual(headers)
    }),
  )
})

it('bytes that were cut off are an error, not fewer headers', () => {
  const bytes = encodeHeaders([['name', Buffer.from('value')]])
  expect(() => decodeHeaders(bytes?.subarray(0, -1) ?? null)).toThrow(RangeError)
})
