/** The judge on ledgers made by hand: it sees what is wrong in each, and nothing wrong in a good one. */
import { describe, expect, it } from 'vitest'
import { judgeEvent, type EventWindow } from './judge-event.ts'
import { judgeRun, type Truth } from './judge-run.ts'
import type { LedgerLine, LineKind } from './ledger-line.ts'
import { ownedNow } from './ownership.ts'

function line(atMs: number, worker: string, kind: LineKind, ...data: readonly unknown[]): LedgerLine {
  return { atMs, worker, kind, data } as unknown as LedgerLine
}

/** A task of partition 0 that ran and was delivered. */
function done(worker: string, offset: number, [startMs, endMs]: readonly [number, number]): readonly LedgerLine[] {
  return [line(startMs, worker, 'start', 0, offset), line(endMs, worker, 'end', 0, offset), line(endMs, worker, 'delivered', 0, offset)]
}

/** Partition 0 goes from `a` to `b` in good order. */
const handedOver: readonly LedgerLine[] = [
  line(0, 'a', 'assign', [[0, 1, null]]),
  ...done('a', 0, [10, 100]),
  ...done('a', 1, [100, 210]),
  line(210, 'a', 'commit', [[0, 2]]),
  line(211, 'a', 'release', [0]),
  line(300, 'b', 'assign', [[0, 1, 2]]),
  ...done('b', 2, [310, 400]),
  line(401, 'b', 'commit', [[0, 3]]),
]

function truth(end: number, committed: number): Truth {
  const expected = Array.from({ length: end }, (_, offset) => `0/${offset}`)
  return { expected, ends: new Map([[0, end]]), committed: new Map([[0, committed]]) }
}

function sorted(...lines: readonly LedgerLine[]): readonly LedgerLine[] {
  return lines.toSorted((a, b) => a.atMs - b.atMs)
}

describe('judgeRun', () => {
  it('finds nothing wrong in a partition handed over in good order', () => {
    expect(judgeRun(handedOver, truth(3, 3))).toEqual({
      messages: 3,
      lost: 0,
      strangers: 0,
      duplicates: 0,
      reexecuted: 0,
      overlapping: 0,
      late: { starts: 0, ends: 0, deliveries: 0, commits: 0 },
      commitRegressions: 0,
      uncommitted: [],
    })
  })

  it('counts a message that was never delivered as lost, and an end that is not committed', () => {
    const verdict = judgeRun(handedOver, truth(4, 3))
    expect(verdict).toMatchObject({ lost: 1, uncommitted: [0] })
  })

  it('counts a delivery of what is none of the messages', () => {
    expect(judgeRun(handedOver, truth(2, 2))).toMatchObject({ strangers: 1, lost: 0 })
  })

  it('sees a message that ran and arrived twice', () => {
    expect(judgeRun(sorted(...handedOver, ...done('b', 1, [410, 420])), truth(3, 3))).toMatchObject({ reexecuted: 1, duplicates: 1 })
  })

  it('sees two workers at work on one partition, and work and commits of the one that had lost it', () => {
    const late = [...done('a', 9, [200, 350]), line(360, 'a', 'start', 0, 10), line(410, 'a', 'commit', [[0, 1]])]
    expect(judgeRun(sorted(...handedOver, ...late), truth(3, 3))).toMatchObject({
      // 2 at `b` during 9 and 10 at `a`, and the other way round.
      overlapping: 3,
      late: { starts: 1, ends: 1, deliveries: 1, commits: 1 },
      commitRegressions: 1,
    })
  })

  it('does not take the first owner for late before the second one has the partition', () => {
    expect(judgeRun(sorted(...handedOver, line(250, 'a', 'commit', [[0, 2]])), truth(3, 3)).late.commits).toBe(0)
  })
})

describe('judgeEvent', () => {
  const window: EventWindow = { name: 'event', quietFromMs: 90, fromMs: 215, untilMs: 1000, killed: [] }

  it('tells partitions that moved from those that stayed, with their gaps', () => {
    const stays = (endMs: number): LedgerLine[] => [line(endMs - 5, 'a', 'start', 1, endMs), line(endMs, 'a', 'end', 1, endMs)]
    const lines = sorted(...handedOver, ...[50, 150, 250, 500, 800, 999].flatMap((ms) => stays(ms)))
    const figures = judgeEvent(lines, { ...window, quietFromMs: 110 })
    expect(figures).toMatchObject({ moved: 1, retained: 1, takeover: { max: 185 } })
    expect(figures.retainedGap.max).toBe(300)
    // From the event's window only: the last end before it, the first after it, and the silence at its end.
    expect(figures.movedGap.max).toBe(600)
  })

  it('counts a silence that has not ended', () => {
    const lines = [...done('a', 0, [10, 95]), ...done('a', 1, [100, 210]), ...done('a', 2, [220, 230])]
    expect(judgeEvent(lines, { ...window, quietFromMs: 100 }).retainedGap.max).toBe(770)
  })

  it('bounds what may run again by what a killed worker had started and not committed', () => {
    const lines = sorted(
      ...handedOver.slice(0, 8),
      line(212, 'a', 'start', 0, 2),
      line(213, 'a', 'start', 0, 3),
      line(220, 'a', 'gone'),
      line(300, 'b', 'assign', [[0, 1, 2]]),
      ...done('b', 2, [310, 400]),
    )
    expect(judgeEvent(lines, { ...window, killed: ['a'] })).toMatchObject({
      inFlightAtKill: 2,
      reexecutionBound: 2,
      reexecutedMoved: 1,
      reexecutedRetained: 0,
    })
    expect(judgeEvent(lines, window).reexecutionBound).toBe(0)
  })

  it('bounds what may run again by what was open where tasks were killed in good order', () => {
    const lines = sorted(...handedOver, line(205, 'a', 'start', 0, 2), line(216, 'a', 'killed', 0, 2))
    expect(judgeEvent(lines, window)).toMatchObject({ reexecutionBound: 1, reexecutedMoved: 1 })
  })
})

describe('ownedNow', () => {
  it('follows assignments, releases, losses and ends', () => {
    const assigned = [
      line(0, 'a', 'up', 1),
      line(1, 'a', 'assign', [
        [0, 1, null],
        [1, 2, null],
        [2, 3, null],
      ]),
    ]
    const owned = (...more: readonly LedgerLine[]) => [...(ownedNow([...assigned, ...more]).get('a') ?? ['gone'])]
    expect(owned()).toEqual([0, 1, 2])
    expect(owned(line(2, 'a', 'release', [0]), line(3, 'a', 'lost', [2]))).toEqual([1])
    expect(owned(line(2, 'a', 'leave'))).toEqual([])
    expect(owned(line(2, 'a', 'gone'))).toEqual(['gone'])
  })
})
