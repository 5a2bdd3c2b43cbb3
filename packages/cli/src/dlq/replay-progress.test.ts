import { expect, it } from 'vitest'
import { progressBar, progressLine } from './replay-progress.ts'

const at = (read: number, published = read) => ({ read, published, wouldPublish: published })

it.each([
  [0, 1000, 0, '[░░░░░░░░░░░░░░░░░░░░]   0%  0/1,000 read, 0 published'],
  [250, 1000, 500, '[█████░░░░░░░░░░░░░░░]  25%  250/1,000 read, 250 published, 500/s, 2s left'],
  [5, 1000, 10_000, '[░░░░░░░░░░░░░░░░░░░░]   0%  5/1,000 read, 5 published, 0.5/s, 34m left'],
  [10, 100_000, 10_000, '[░░░░░░░░░░░░░░░░░░░░]   0%  10/100,000 read, 10 published, 1/s, 27h 47m left'],
  [999, 1000, 999, '[███████████████████░]  99%  999/1,000 read, 999 published, 1,000/s, 1s left'],
  [1000, 1000, 1000, '[████████████████████] 100%  1,000/1,000 read, 1,000 published, 1,000/s'],
  [0, 0, 5, '[████████████████████] 100%  0/0 read, 0 published'],
])('%d of %d after %d ms', (read, total, elapsedMs, text) => {
  expect(progressBar({ counts: at(read), total, dryRun: false, elapsedMs }, 200)).toBe(text)
})

it('never wraps', () => {
  expect(progressBar({ counts: at(5), total: 10, dryRun: true, elapsedMs: 5 }, 30)).toHaveLength(29)
})

it('is a line of messages and entries elsewhere', () => {
  expect(progressLine({ counts: at(2000, 1500), dryRun: false })).toBe('replayed 1500/2000')
  expect(progressLine({ counts: at(2000, 1500), dryRun: true })).toBe('would-replay 1500/2000')
})
