/** The judge of the fault scenarios: it has to find what they exist to find. */
import { expect, it } from 'vitest'
import { committedUnsettled, judge, type LedgerEntry, type Observed } from '../support/faults/ledger.ts'

const entries: readonly LedgerEntry[] = Array.from({ length: 6 }, (_, index) => ({
  id: `m-${index}`,
  key: `k${index % 2}`,
  n: index,
  partition: 0,
  offset: index,
  refused: false,
}))
const ids = entries.map(({ id }) => id)
const nothing: Observed = { delivered: [], dead: [], spooled: [], skipped: [] }

it('is content when every message has one end, whichever', () => {
  const observed = { delivered: ids.slice(0, 3), dead: ids.slice(3, 4), spooled: ids.slice(4, 5), skipped: ids.slice(5) }
  expect(judge(entries, observed)).toEqual({ missing: [], duplicates: 0, maxCopies: 1, bothEnds: [], unknown: [], inversions: [] })
})

it('finds what is lost, invented, there twice, ended twice, and out of order within its key', () => {
  const delivered = ['m-2', 'm-0', 'm-1', 'm-1', 'm-9']
  const verdict = judge(entries, { ...nothing, delivered, dead: ['m-1', 'm-4'] })
  expect(verdict).toEqual({
    missing: ['m-3', 'm-5'],
    duplicates: 1,
    maxCopies: 2,
    bothEnds: ['m-1'],
    unknown: ['m-9'],
    inversions: ['m-0'],
  })
})

it('finds a commit that ran ahead of what is settled', () => {
  const settled = new Set(['m-0', 'm-1', 'm-3'])
  expect(committedUnsettled(entries, new Map([[0, 2]]), settled)).toEqual([])
  expect(committedUnsettled(entries, new Map([[0, 4]]), settled)).toEqual(['m-2'])
})
