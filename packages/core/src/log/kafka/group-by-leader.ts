/** Partitions by the broker that leads them. */
import type { PartitionDescription } from './cluster-types.ts'

export function groupByLeader(partitions: readonly PartitionDescription[]): ReadonlyMap<number, readonly PartitionDescription[]> {
  const groups = new Map<number, PartitionDescription[]>()
  for (const partition of partitions) {
    const group = groups.get(partition.leader)
    if (group === undefined) groups.set(partition.leader, [partition])
    else group.push(partition)
  }
  return groups
}
