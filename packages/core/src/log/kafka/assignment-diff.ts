/** Pure: what a new assignment changes. */

export interface AssignmentDiff {
  /** Owned before and after: nothing happens to them. */
  readonly kept: readonly number[]
  readonly lost: readonly number[]
  readonly added: readonly number[]
}

/** `keeps` false: the group had given this member up, so everything is lost and what comes is new. All ascending. */
export function diffAssignment(owned: Iterable<number>, assigned: readonly number[], keeps: boolean): AssignmentDiff {
  const before = ascending(owned)
  const after = ascending(new Set(assigned))
  const kept = keeps ? after.filter((partition) => before.includes(partition)) : []
  return {
    kept,
    lost: before.filter((partition) => !kept.includes(partition)),
    added: after.filter((partition) => !kept.includes(partition)),
  }
}

function ascending(partitions: Iterable<number>): readonly number[] {
  return [...partitions].toSorted((a, b) => a - b)
}
