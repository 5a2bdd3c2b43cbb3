/** Pure: shares the partitions of a topic out so that as few as possible change their owner. */

/** What a member says when it joins. */
export interface MemberClaim {
  readonly memberId: string
  /** Of the join after which it owned them; −1 for a new member. The higher one wins a contested partition. */
  readonly generationId: number
  readonly owned: readonly number[]
}

/** Partitions per member, ascending. No two members differ by more than one partition. */
export function stickyAssignment(partitions: readonly number[], claims: readonly MemberClaim[]): ReadonlyMap<string, readonly number[]> {
  const owners = ownerOfEach(claims)
  const members = claims
    .map(({ memberId }) => ({ memberId, kept: partitions.filter((partition) => owners.get(partition)?.memberId === memberId) }))
    .toSorted((a, b) => b.kept.length - a.kept.length || compare(a.memberId, b.memberId))
  const free = partitions.filter((partition) => !owners.has(partition))
  // Those who own most get the larger shares, so that they give as little away as possible.
  const shares = members.map(
    (_, index) => Math.floor(partitions.length / members.length) + (index < partitions.length % members.length ? 1 : 0),
  )
  const moving = [...free, ...members.flatMap(({ kept }, index) => kept.slice(shares[index]))]
  return new Map(
    members.map(({ memberId, kept }, index) => {
      const share = shares[index] ?? 0
      const stays = kept.slice(0, share)
      return [memberId, [...stays, ...moving.splice(0, share - stays.length)].toSorted((a, b) => a - b)]
    }),
  )
}

function ownerOfEach(claims: readonly MemberClaim[]): ReadonlyMap<number, MemberClaim> {
  const owners = new Map<number, MemberClaim>()
  for (const claim of claims) {
    for (const partition of claim.owned) {
      const other = owners.get(partition)
      if (other === undefined || claim.generationId > other.generationId) owners.set(partition, claim)
    }
  }
  return owners
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
