import fc from 'fast-check'
import { expect, it } from 'vitest'
import { payloadParts } from './payload-parts.ts'

it('goes round the supply in order, in parts of the wanted size', () => {
  const small = fc.integer({ min: 1, max: 12 })
  fc.assert(
    fc.property(small, fc.nat(40), fc.nat(40), small, (length, from, count, wanted) => {
      const supply = Array.from({ length }, (_value, index) => index)
      const size = Math.min(wanted, length)
      const parts = [...payloadParts(supply, { from, count, size })]
      expect(parts.flat()).toEqual(Array.from({ length: count }, (_value, index) => (from + index) % length))
      expect(parts.slice(0, -1).every((part) => part.length === size)).toBe(true)
      expect(parts).toHaveLength(Math.ceil(count / size))
    }),
  )
})
