/** Who should own which partition: as even as possible, moving as little as possible. */

/** Partition → member, for all of `0 … partitions − 1`; empty without members. Members listed first get one more. */
export function planAssignment<M>(members: readonly M[], owned: ReadonlyMap<number, M>, partitions: number): Map<number, M> {
  const plan = new Map<number, M>()
  if (members.length === 0) return plan
  const counts = new Map(members.map((member) => [member, 0]))
  const ceiling = Math.ceil(partitions / members.length)
  let roomAtCeiling = partitions % members.length === 0 ? members.length : partitions % members.length
  const take = (partition: number, member: M): void => {
    plan.set(partition, member)
    counts.set(member, (counts.get(member) ?? 0) + 1)
  }
  const mayTake = (member: M): boolean => {
    const count = counts.get(member) ?? Infinity
    if (count + 1 > ceiling) return false
    if (count + 1 < ceiling) return true
    roomAtCeiling -= 1
    return roomAtCeiling >= 0
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    const owner = owned.get(partition)
    if (owner !== undefined && mayTake(owner)) take(partition, owner)
  }
  for (let partition = 0; partition < partitions; partition += 1) {
    if (plan.has(partition)) continue
    take(
      partition,
      members.reduce((least, member) => ((counts.get(member) ?? 0) < (counts.get(least) ?? 0) ? member : least)),
    )
  }
  return plan
}
