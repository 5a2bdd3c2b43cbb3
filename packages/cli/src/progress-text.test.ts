import { expect, it } from 'vitest'
import { bytesText, countText, progressText } from './progress-text.ts'

it.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [1_250_000, '1.3 MB'],
  [3e15, '3000.0 TB'],
])('shows %d bytes as %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text)
})

it('counts in words', () => {
  expect([countText(0), countText(1), countText(1234567)]).toEqual(['0 records', '1 record', '1,234,567 records'])
})

it('shows the rate, and none before any time has passed', () => {
  expect(progressText({ records: 5000, bytes: 12, elapsedMs: 500 })).toBe('5,000 records, 12 bytes, 10,000/s')
  expect(progressText({ records: 5, bytes: 12, elapsedMs: 0 })).toBe('5 records, 12 bytes, 0/s')
})
