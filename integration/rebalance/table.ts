/** Pure: played scenarios as rows of a table, one row per event. */
import type { EventFigures, Spread } from './judge/judge-event.ts'
import type { Played, Scenario } from './scenario.ts'

/** Times in milliseconds. `gap`: longest time without a task's end in a partition, as median/maximum over partitions. */
export interface Row {
  readonly scenario: string
  /** In the list of faults of the field notes; empty for what it does not list. */
  readonly fault: string
  readonly event: string
  readonly kept: number
  readonly moved: number
  readonly gap_before: string
  readonly gap_kept: string
  /** A kept partition's gap divided by its own undisturbed one. */
  readonly ratio: string
  readonly gap_moved: string
  /** From a kill to the first task that ended at the new owner. */
  readonly takeover: string
  /** Of that, until the program of a worker that was started had been loaded. */
  readonly start_up: string
  readonly rerun_kept: number
  readonly rerun_moved: number
  /** What may be run again after a kill: started and not committed. */
  readonly bound: number
  readonly duplicates: number
  readonly messages: number
  readonly lost: number
  readonly overlap: number
  /** Starts, ends, deliveries and accepted commits in a partition that was another's already. */
  readonly late: string
  readonly uncommitted: number
  readonly inconclusive: string
}

export function rowsOf(scenario: Scenario, played: Played, inconclusive: string | null): readonly Row[] {
  return played.events.map((event) => rowOf(scenario, event, { played, inconclusive }))
}

function rowOf(scenario: Scenario, event: EventFigures, rest: { readonly played: Played; readonly inconclusive: string | null }): Row {
  const { run } = rest.played
  const { starts, ends, deliveries, commits } = run.late
  // Without a feeder partitions run dry, and a pause says nothing.
  const isFed = scenario.lab?.prepareTopic === undefined
  const gap = (spread: Spread): string => (isFed ? shown(spread) : '-')
  return {
    scenario: scenario.name,
    fault: scenario.fault ?? '',
    event: event.event,
    kept: event.retained,
    moved: event.moved,
    gap_before: gap(event.undisturbedGap),
    gap_kept: gap(event.retainedGap),
    ratio: gap(event.retainedRatio),
    gap_moved: gap(event.movedGap),
    takeover: scenario.costs[event.event] === 'graceful' ? '-' : gap(event.takeover),
    start_up: event.startUpMs === null ? '-' : String(event.startUpMs),
    rerun_kept: event.reexecutedRetained,
    rerun_moved: event.reexecutedMoved,
    bound: event.reexecutionBound,
    duplicates: event.duplicates,
    messages: run.messages,
    lost: run.lost,
    overlap: run.overlapping,
    late: `${starts}/${ends}/${deliveries}/${commits}`,
    uncommitted: run.uncommitted.length,
    inconclusive: rest.inconclusive ?? '',
  }
}

export function formatRows(rows: readonly Row[]): string {
  const [first] = rows
  const columns = Object.keys(first ?? {}) as (keyof Row)[]
  const cells = [columns.map((name) => name.replaceAll('_', ' ')), ...rows.map((row) => columns.map((column) => String(row[column])))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index < 3 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ')
  return `${cells.map(line).join('\n')}\n`
}

function shown({ median, max }: Spread): string {
  return median === null || max === null ? '-' : `${median}/${max}`
}
