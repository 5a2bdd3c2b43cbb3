/** Pure: the runs of tasks and the deliveries of a ledger. */
import { linesOf, type LedgerLine } from './ledger-line.ts'

export interface Execution {
  readonly partition: number
  readonly offset: number
  readonly worker: string
  readonly startMs: number
  /** When it ended, was killed, or its process was gone; Infinity while none of that is known. */
  readonly endMs: number
  readonly ending: 'end' | 'killed' | 'gone' | 'open'
}

/** In the order of their starts. */
export function executionsOf(lines: readonly LedgerLine[]): readonly Execution[] {
  const open = new Map<string, Execution>()
  const closed: Execution[] = []
  const close = (key: string, ending: Execution['ending'], endMs: number): void => {
    const execution = open.get(key)
    if (execution === undefined) return
    open.delete(key)
    closed.push({ ...execution, endMs, ending })
  }
  for (const line of lines) {
    if (line.kind === 'start') {
      const [partition, offset] = line.data
      const execution = { partition, offset, worker: line.worker, startMs: line.atMs, endMs: Infinity, ending: 'open' } as const
      open.set(keyOf(line.worker, partition, offset), execution)
    } else if (line.kind === 'end' || line.kind === 'killed') {
      close(keyOf(line.worker, ...line.data), line.kind, line.atMs)
    } else if (line.kind === 'gone') {
      const left = [...open].filter(([, { worker }]) => worker === line.worker)
      for (const [key] of left) close(key, 'gone', line.atMs)
    }
  }
  return [...closed, ...open.values()].toSorted((a, b) => a.startMs - b.startMs)
}

/** Runs of messages that had been started before, in the order of their starts. */
export function repeated(executions: readonly Execution[]): readonly Execution[] {
  const seen = new Set<string>()
  return executions.filter((execution) => {
    const key = messageOf(execution)
    const again = seen.has(key)
    seen.add(key)
    return again
  })
}

/** Runs that share a moment with a run of the same partition in another worker: the partition had two owners at work. */
export function overlapping(executions: readonly Execution[]): readonly Execution[] {
  const byPartition = groupByPartition(executions)
  return [...byPartition.values()].flatMap((ofPartition) =>
    ofPartition.filter((one) => ofPartition.some((other) => other.worker !== one.worker && isDuring(one, other))),
  )
}

export interface Delivery {
  readonly partition: number
  readonly offset: number
  readonly worker: string
  readonly atMs: number
}

export function deliveriesOf(lines: readonly LedgerLine[]): readonly Delivery[] {
  return linesOf(lines, 'delivered').map(({ atMs, worker, data: [partition, offset] }) => ({ partition, offset, worker, atMs }))
}

/** Deliveries of what had been delivered before. */
export function duplicates(deliveries: readonly Delivery[]): readonly Delivery[] {
  const seen = new Set<string>()
  return deliveries.filter((delivery) => {
    const key = messageOf(delivery)
    const again = seen.has(key)
    seen.add(key)
    return again
  })
}

export function groupByPartition<T extends { readonly partition: number }>(things: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>()
  for (const thing of things) {
    const group = groups.get(thing.partition)
    if (group === undefined) groups.set(thing.partition, [thing])
    else group.push(thing)
  }
  return groups
}

export function messageOf({ partition, offset }: { readonly partition: number; readonly offset: number }): string {
  return `${partition}/${offset}`
}

/** It begins while the other one runs. */
function isDuring(one: Execution, other: Execution): boolean {
  return one.startMs < other.endMs && other.startMs < one.endMs
}

function keyOf(worker: string, partition: number, offset: number): string {
  return `${worker}/${partition}/${offset}`
}
