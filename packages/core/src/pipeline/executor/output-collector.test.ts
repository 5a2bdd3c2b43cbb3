import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeOutput } from './decode-output.ts'
import { OutputCollector } from './output-collector.ts'

function collect(chunks: readonly Uint8Array[], maxBytes: number): OutputCollector {
  const collector = new OutputCollector(maxBytes)
  for (const chunk of chunks) collector.add(chunk)
  return collector
}

describe('OutputCollector', () => {
  it('keeps exactly the first bytes, however they are cut', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 12 })
    fc.assert(
      fc.property(chunks, fc.nat(40_000), (pieces, maxBytes) => {
        const whole = Buffer.concat(pieces)
        const collector = collect(pieces, maxBytes)
        expect(Buffer.compare(Buffer.from(collector.bytes()), whole.subarray(0, maxBytes))).toBe(0)
        expect(collector.isTruncated).toBe(whole.byteLength > maxBytes)
      }),
    )
  })

  it('holds one block however small the chunks are', () => {
    const collector = new OutputCollector(100_000)
    const byte = Buffer.from('x')
    for (let count = 0; count < 200_000; count += 1) collector.add(byte)
    expect(collector.bytes().byteLength).toBe(100_000)
    expect(collector.bytes().buffer.byteLength).toBe(100_000)
  })
})

describe('decodeOutput', () => {
  it('does not damage characters split over chunks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 50 }), (text) => {
        const bytes = Buffer.from(text)
        const singles = Array.from({ length: bytes.byteLength }, (_, index) => bytes.subarray(index, index + 1))
        expect(decodeOutput(collect(singles, 1000).bytes(), false)).toBe(text)
      }),
    )
  })

  it('replaces invalid bytes and keeps a byte order mark', () => {
    expect(decodeOutput(Buffer.from([0x61, 0xff, 0x62]), false)).toBe('a\uFFFDb')
    expect(decodeOutput(Buffer.from('\uFEFFa'), false)).toBe('\uFEFFa')
    expect(decodeOutput(Buffer.from([0x61, 0xc3]), false)).toBe('a\uFFFD')
  })

  it('leaves out the character that was cut in half', () => {
    const bytes = Buffer.from('aé').subarray(0, 2)
    expect(decodeOutput(bytes, true)).toBe('a')
  })
})
