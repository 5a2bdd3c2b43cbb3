import { expect, it } from 'vitest'
import { batches, messages } from './messages.ts'

it('makes the same JSON of 200 bytes each time', () => {
  const made = [...messages(1_001)]
  expect(new Set(made.map(({ value }) => Buffer.byteLength(value)))).toEqual(new Set([200]))
  expect(made.map(({ value }) => (JSON.parse(value) as { id: number }).id)).toEqual(Array.from({ length: 1_001 }, (_, id) => id))
  expect([...messages(1_001)]).toEqual(made)
})

it('cuts batches without losing the rest', () => {
  expect([...batches([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]])
  expect([...batches([], 2)]).toEqual([])
  expect([...batches([1, 2], 2)]).toEqual([[1, 2]])
})
