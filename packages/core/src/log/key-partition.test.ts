import { expect, it } from 'vitest'
import { keyPartition, murmur2 } from './key-partition.ts'

it.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('murmur2 of %s is what the Java client computes', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

it('a negative hash still gives a partition in range', () => {
  expect(keyPartition(Buffer.from('foobar'), 5)).toBe((-790332482 & 0x7fffffff) % 5)
})
