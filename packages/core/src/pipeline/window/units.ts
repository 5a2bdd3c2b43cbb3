/** Which messages of a window start together: those that tasks tie to one another (pure; docs/guides/ordering.md). */
import type { ExecutorTask } from '../../model/task.ts'

/** Messages that are connected through tasks, and these tasks. A task without source messages is a unit of its own. */
export interface Unit {
  /** Ascending. */
  readonly offsets: readonly number[]
  readonly tasks: readonly ExecutorTask[]
}

interface Group {
  offsets: number[]
  readonly tasks: ExecutorTask[]
}

/** In the order of their smallest offsets, those without messages first. Each offset is in exactly one unit. */
export function tieUnits(offsets: readonly number[], tasks: readonly ExecutorTask[]): readonly Unit[] {
  const groups = new Map<number, Group>()
  const alone: Unit[] = []
  for (const offset of offsets) groupOf(groups, offset)
  for (const task of tasks) {
    const [first, ...others] = task.sourceOffsets
    if (first === undefined) alone.push({ offsets: [], tasks: [task] })
    else others.reduce((group, offset) => tie(groups, group, groupOf(groups, offset)), groupOf(groups, first)).tasks.push(task)
  }
  const tied = [...new Set(groups.values())]
  for (const group of tied) if (group.offsets.length > 1) group.offsets.sort(ascending)
  return [...alone, ...tied.toSorted((one, other) => ascending(one.offsets[0] ?? 0, other.offsets[0] ?? 0))]
}

function groupOf(groups: Map<number, Group>, offset: number): Group {
  const known = groups.get(offset)
  if (known !== undefined) return known
  const group: Group = { offsets: [offset], tasks: [] }
  groups.set(offset, group)
  return group
}

/** The smaller one joins the larger one. */
function tie(groups: Map<number, Group>, one: Group, other: Group): Group {
  if (one === other) return one
  const [small, large] = one.offsets.length < other.offsets.length ? [one, other] : [other, one]
  for (const offset of small.offsets) groups.set(offset, large)
  large.offsets.push(...small.offsets)
  large.tasks.push(...small.tasks)
  return large
}

function ascending(one: number, other: number): number {
  return one - other
}
