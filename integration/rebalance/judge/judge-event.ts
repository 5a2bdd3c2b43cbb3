/** Pure: what one event of a run cost, by the workers' ledgers. */
import { deliveriesOf, duplicates, executionsOf, groupByPartition, messageOf, repeated, type Execution } from './executions.ts'
import { largest, longestGap, median } from './gaps.ts'
import { linesOf, type LedgerLine } from './ledger-line.ts'
import { movedBetween, takingsOf } from './ownership.ts'

export interface EventWindow {
  readonly name: string
  /** Begin of the undisturbed time before the event. */
  readonly quietFromMs: number
  readonly fromMs: number
  readonly untilMs: number
  /** Processes that were killed, so that what they had in flight may run again. */
  readonly killed: readonly string[]
}

/** Milliseconds; null where there was nothing to measure. */
export interface Spread {
  readonly median: number | null
  readonly max: number | null
}

export interface EventFigures {
  readonly event: string
  readonly moved: number
  readonly retained: number
  /** Longest time between two task ends of a partition before the event. */
  readonly undisturbedGap: Spread
  readonly retainedGap: Spread
  /** A retained partition's gap divided by its own undisturbed one. */
  readonly retainedRatio: Spread
  readonly movedGap: Spread
  /** From the event to the first task that ended in a moved partition at another worker. */
  readonly takeover: Spread
  /** From the event to the moment a process that was started in it had loaded everything: a part of the takeover. */
  readonly startUpMs: number | null
  readonly reexecutedRetained: number
  readonly reexecutedMoved: number
  /** What a kill may cost: started and not committed where a process or a task was killed. */
  readonly reexecutionBound: number
  readonly duplicates: number
  /** Tasks that were running in killed processes. */
  readonly inFlightAtKill: number
  /** Rebalances as the workers were told of them. */
  readonly rebalances: number
}

export function judgeEvent(lines: readonly LedgerLine[], window: EventWindow): EventFigures {
  const executions = executionsOf(lines)
  const isDuring = (atMs: number): boolean => atMs >= window.fromMs && atMs < window.untilMs
  const moved = movedBetween(takingsOf(lines), window.fromMs, window.untilMs)
  const again = repeated(executions).filter(({ startMs }) => isDuring(startMs))
  const gaps = gapsOf(executions, window)
  const retained = gaps.filter(({ partition }) => !moved.has(partition))
  const killed = killedWork(lines, executions, window)
  return {
    event: window.name,
    moved: moved.size,
    retained: retained.length,
    undisturbedGap: spread(gaps.map(({ undisturbed }) => undisturbed)),
    retainedGap: spread(retained.map(({ after }) => after)),
    retainedRatio: spread(retained.map(({ after, undisturbed }) => Math.round((after / undisturbed) * 100) / 100)),
    movedGap: spread(gaps.filter(({ partition }) => moved.has(partition)).map(({ after }) => after)),
    takeover: spread(takeovers(executions, window, moved)),
    startUpMs: largest(
      linesOf(lines, 'up')
        .filter(({ atMs }) => isDuring(atMs))
        .map(({ atMs }) => atMs - window.fromMs),
    ),
    reexecutedRetained: again.filter(({ partition }) => !moved.has(partition)).length,
    reexecutedMoved: again.filter(({ partition }) => moved.has(partition)).length,
    reexecutionBound: killed.uncommitted,
    duplicates: duplicates(deliveriesOf(lines)).filter(({ atMs }) => isDuring(atMs)).length,
    inFlightAtKill: killed.inFlight,
    rebalances: linesOf(lines, 'rebalancing').filter(({ atMs }) => isDuring(atMs)).length,
  }
}

interface PartitionGaps {
  readonly partition: number
  readonly undisturbed: number
  readonly after: number
}

function gapsOf(executions: readonly Execution[], window: EventWindow): readonly PartitionGaps[] {
  const ended = executions.filter(({ ending }) => ending === 'end')
  return [...groupByPartition(ended)].flatMap(([partition, ofPartition]) => {
    const endsMs = ofPartition.map(({ endMs }) => endMs).toSorted((a, b) => a - b)
    const undisturbed = longestGap(endsMs, { fromMs: window.quietFromMs, untilMs: window.fromMs })
    const after = longestGap(endsMs, { fromMs: window.fromMs, untilMs: window.untilMs })
    return undisturbed === null || after === null ? [] : [{ partition, undisturbed, after }]
  })
}

function takeovers(executions: readonly Execution[], window: EventWindow, moved: ReadonlySet<number>): readonly number[] {
  const isNew = ({ partition, worker, endMs, ending }: Execution): boolean =>
    ending === 'end' &&
    endMs >= window.fromMs &&
    endMs < window.untilMs &&
    executions.findLast((one) => one.partition === partition && one.startMs < window.fromMs)?.worker !== worker
  const first = new Map<number, number>()
  for (const execution of executions) {
    if (!moved.has(execution.partition) || !isNew(execution)) continue
    first.set(execution.partition, Math.min(first.get(execution.partition) ?? Infinity, execution.endMs - window.fromMs))
  }
  return [...first.values()]
}

/** What had been started and not committed, in killed processes and in partitions whose tasks were killed. */
function killedWork(lines: readonly LedgerLine[], executions: readonly Execution[], window: EventWindow) {
  const endings = new Map<string, number>()
  for (const { worker, partition, ending, endMs } of executions) {
    const isKilled = ending === 'killed' && endMs >= window.fromMs && endMs < window.untilMs
    if (isKilled || window.killed.includes(worker))
      endings.set(`${worker}/${partition}`, Math.max(endings.get(`${worker}/${partition}`) ?? 0, endMs))
  }
  const committed = new Map<string, number>()
  for (const { atMs, worker, data } of linesOf(lines, 'commit')) {
    for (const [partition, offset] of data[0]) {
      const key = `${worker}/${partition}`
      if (atMs <= (endings.get(key) ?? -1)) committed.set(key, Math.max(committed.get(key) ?? 0, offset))
    }
  }
  const open = executions.filter(({ worker, partition, offset, startMs }) => {
    const key = `${worker}/${partition}`
    return startMs <= (endings.get(key) ?? -1) && offset >= (committed.get(key) ?? 0)
  })
  return {
    uncommitted: new Set(open.map((execution) => messageOf(execution))).size,
    inFlight: executions.filter(({ worker, ending }) => window.killed.includes(worker) && ending === 'gone').length,
  }
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), max: largest(values) }
}
