/**
 * Pure: shares the partitions of a topic out so that as few as possible change their owner, and gives none away that
 * its owner still works on.
 */

/** What a member says when it joins. */
export interface MemberClaim {
  readonly memberId: string
  /** Of the join after which it owned them; −1 for a new member. The higher one wins a contested partition. */
  readonly generationId: number
  /** Everything it works on, also what it is about to let go. */
  readonly owned: readonly number[]
  /** Whether it works on until it is asked to let go. If not, what is taken from it is free at once. */
  readonly handsOver: boolean
}

export interface MemberShare {
  /** Its own from now on. Ascending. */
  readonly assigned: readonly number[]
  /** Not its own any more, but nobody else's before it has let go and joined again. Ascending. */
  readonly withheld: readonly number[]
}

/**
 * What every member gets in this round. No two members' targets differ by more than one partition; what a target lacks
 * is withheld for its present owner and follows in the round after that has let go.
 */
export function stickyAssignment(partitions: readonly number[], claims: readonly MemberClaim[]): ReadonlyMap<string, MemberShare> {
  const owners = ownerOfEach(partitions, claims)
  const shares = new Map(claims.map(({ memberId }) => [memberId, { assigned: [] as number[], withheld: [] as number[] }]))
  for (const [memberId, target] of targets(partitions, claims, owners)) {
    for (const partition of target) {
      const owner = owners.get(partition)
      const isHandedOver = owner !== undefined && owner.memberId !== memberId && owner.handsOver
      if (isHandedOver) shares.get(owner.memberId)?.withheld.push(partition)
      else shares.get(memberId)?.assigned.push(partition)
    }
  }
  return new Map(
    [...shares].map(([memberId, { assigned, withheld }]) => [memberId, { assigned: ascending(assigned), withheld: ascending(withheld) }]),
  )
}

/** Who has what in the end. Those who own most get the larger shares, so that they give as little away as possible. */
function targets(
  partitions: readonly number[],
  claims: readonly MemberClaim[],
  owners: ReadonlyMap<number, MemberClaim>,
): ReadonlyMap<string, readonly number[]> {
  const members = claims
    .map(({ memberId }) => ({ memberId, kept: partitions.filter((partition) => owners.get(partition)?.memberId === memberId) }))
    .toSorted((a, b) => b.kept.length - a.kept.length || compare(a.memberId, b.memberId))
  const free = partitions.filter((partition) => !owners.has(partition))
  const shares = members.map(
    (_, index) => Math.floor(partitions.length / members.length) + (index < partitions.length % members.length ? 1 : 0),
  )
  const moving = [...free, ...members.flatMap(({ kept }, index) => kept.slice(shares[index]))]
  return new Map(
    members.map(({ memberId, kept }, index) => {
      const share = shares[index] ?? 0
      const stays = kept.slice(0, share)
      return [memberId, [...stays, ...moving.splice(0, share - stays.length)]]
    }),
  )
}

function ownerOfEach(partitions: readonly number[], claims: readonly MemberClaim[]): ReadonlyMap<number, MemberClaim> {
  const existing = new Set(partitions)
  const owners = new Map<number, MemberClaim>()
  for (const claim of claims.toSorted((a, b) => compare(a.memberId, b.memberId))) {
    for (const partition of claim.owned.filter((one) => existing.has(one))) {
      const other = owners.get(partition)
      if (other === undefined || claim.generationId > other.generationId) owners.set(partition, claim)
    }
  }
  return owners
}

function ascending(partitions: readonly number[]): readonly number[] {
  return partitions.toSorted((a, b) => a - b)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
