import { expect, it } from 'vitest'
import { produceBatches } from './produce-batches.ts'
import { UsageError } from './usage-error.ts'

const lines = (...texts: readonly string[]) => texts.map((text, index) => ({ number: index + 1, bytes: Buffer.from(text) }))
const toRecord = (line: Uint8Array) => ({ topic: 't', value: line })

it('limits batches by count', () => {
  const batches = [...produceBatches(lines(...Array.from({ length: 2001 }, () => 'x')), toRecord)]
  expect(batches.map((batch) => batch.length)).toEqual([1000, 1000, 1])
})

it('limits batches by bytes and lets one large record through', () => {
  const half = 'x'.repeat(600 * 1024)
  const batches = [...produceBatches(lines('a', half, half, half.repeat(3), 'b'), toRecord)]
  expect(batches.map((batch) => batch.length)).toEqual([2, 1, 1, 1])
})

it('leaves out lines that are no records', () => {
  const batches = [...produceBatches(lines('a', '', 'b'), (line) => (line.length === 0 ? null : toRecord(line)))]
  expect(batches.map((batch) => batch.length)).toEqual([2])
})

it('gives the records before a bad line first, then names the line', () => {
  const batches = produceBatches(lines('a', 'b', 'bad', 'c'), (line) => {
    if (line.length === 3) throw new UsageError('broken')
    return toRecord(line)
  })
  expect(batches.next().value).toHaveLength(2)
  expect(() => batches.next()).toThrow(/^line 3: broken$/)
})
