import { jsonText } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { estimateBytes } from './payload-bytes.ts'

it('is of the size of the JSON text', () => {
  const rows = Array.from({ length: 200 }, (_, n) => ({ id: n, name: `name of ${n}`, tags: ['a', 'b'], deep: { ok: true } }))
  const ratio = estimateBytes(rows) / jsonText(rows).length
  expect(ratio).toBeGreaterThan(0.7)
  expect(ratio).toBeLessThan(1.5)
})

it('counts bytes as they are', () => {
  expect(estimateBytes(Buffer.alloc(5000))).toBe(5000)
  expect(estimateBytes({ data: new Uint8Array(700) })).toBe(710)
})

it('counts what a map, a set and a date hold', () => {
  const text = 'x'.repeat(1000)
  expect(estimateBytes(new Map([['k', text]]))).toBeGreaterThan(1000)
  expect(estimateBytes(new Set([text, `${text}y`]))).toBeGreaterThan(2000)
  expect(estimateBytes(new Date(0))).toBe(26)
})

it('takes what cannot be read for nothing', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const trap = {
    get inside(): never {
      throw new Error('no')
    },
  }
  expect([estimateBytes({ data: proxy }), estimateBytes(trap)]).toEqual([0, 0])
})

it('ends, whatever it is given', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(estimateBytes(cyclic)).toBeGreaterThan(0)
  fc.assert(fc.property(fc.anything(), (value) => estimateBytes(value) >= 0))
})
