/** Pure: which worker owned a partition when, as the workers themselves were told. */
import type { Delivery, Execution } from './executions.ts'
import { linesOf, type LedgerLine } from './ledger-line.ts'

interface Taken {
  readonly atMs: number
  readonly worker: string
}

/** Assignments of each partition, in the order of time. */
export type Takings = ReadonlyMap<number, readonly Taken[]>

export function takingsOf(lines: readonly LedgerLine[]): Takings {
  const takings = new Map<number, Taken[]>()
  for (const { atMs, worker, data } of linesOf(lines, 'assign')) {
    for (const [partition] of data[0]) {
      const known = takings.get(partition) ?? []
      takings.set(partition, [...known, { atMs, worker }])
    }
  }
  return takings
}

/** Whom the group gave the partition to last, at this moment; null before the first assignment. */
function holderAt(takings: Takings, partition: number, atMs: number): string | null {
  return (takings.get(partition) ?? []).findLast((taken) => taken.atMs <= atMs)?.worker ?? null
}

/** Partitions somebody was given in this time, also the one who had them before. */
export function movedBetween(takings: Takings, fromMs: number, untilMs: number): ReadonlySet<number> {
  const moved = [...takings].filter(([, taken]) => taken.some(({ atMs }) => atMs >= fromMs && atMs < untilMs))
  return new Set(moved.map(([partition]) => partition))
}

/** Partitions each worker owns after these lines. */
export function ownedNow(lines: readonly LedgerLine[]): ReadonlyMap<string, ReadonlySet<number>> {
  const owned = new Map<string, Set<number>>()
  const of = (worker: string): Set<number> => {
    const known = owned.get(worker) ?? new Set()
    owned.set(worker, known)
    return known
  }
  for (const line of lines) {
    if (line.kind === 'up') of(line.worker)
    else if (line.kind === 'assign') for (const [partition] of line.data[0]) of(line.worker).add(partition)
    else if (line.kind === 'release' || line.kind === 'lost') for (const partition of line.data[0]) of(line.worker).delete(partition)
    else if (line.kind === 'leave') of(line.worker).clear()
    else if (line.kind === 'gone') owned.delete(line.worker)
  }
  return owned
}

/** Work on a partition after it had been given to another worker. */
export interface LateWork {
  readonly starts: number
  readonly ends: number
  readonly deliveries: number
  /** Commits the log accepted. */
  readonly commits: number
}

export function lateWork(
  lines: readonly LedgerLine[],
  work: { readonly executions: readonly Execution[]; readonly deliveries: readonly Delivery[] },
): LateWork {
  const takings = takingsOf(lines)
  const isLate = (partition: number, worker: string, atMs: number): boolean => {
    const holder = holderAt(takings, partition, atMs)
    return holder !== null && holder !== worker
  }
  const { executions, deliveries } = work
  const commits = linesOf(lines, 'commit').flatMap(({ atMs, worker, data }) => data[0].map(([partition]) => ({ partition, worker, atMs })))
  return {
    starts: executions.filter(({ partition, worker, startMs }) => isLate(partition, worker, startMs)).length,
    ends: executions.filter(({ partition, worker, endMs, ending }) => ending === 'end' && isLate(partition, worker, endMs)).length,
    deliveries: deliveries.filter(({ partition, worker, atMs }) => isLate(partition, worker, atMs)).length,
    commits: commits.filter(({ partition, worker, atMs }) => isLate(partition, worker, atMs)).length,
  }
}

/** Accepted commits that took a partition's offset back behind one that another worker had committed before. */
export function regressions(lines: readonly LedgerLine[]): number {
  const highest = new Map<number, { readonly offset: number; readonly worker: string }>()
  let count = 0
  for (const { worker, data } of linesOf(lines, 'commit')) {
    for (const [partition, offset] of data[0]) {
      const known = highest.get(partition)
      if (known === undefined || offset >= known.offset) highest.set(partition, { offset, worker })
      else if (known.worker !== worker) count += 1
    }
  }
  return count
}
