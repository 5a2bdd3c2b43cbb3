/**
 * Pure: where this member stands in its group, as far as kafkajs tells. kafkajs announces a rebalance, but no
 * GROUP_JOIN need follow: the coordinator may have moved, the join failed, and the old membership goes on. Then only a
 * successful heartbeat says so.
 */

export interface Generation {
  readonly memberId: string
  readonly generationId: number
}

export type Membership =
  | { readonly phase: 'joining' }
  | { readonly phase: 'stable'; readonly generation: Generation }
  | { readonly phase: 'rebalancing'; readonly generation: Generation }
  | { readonly phase: 'ended' }

export type MembershipEvent =
  | { readonly type: 'rebalancing' }
  | { readonly type: 'joined'; readonly generation: Generation }
  | { readonly type: 'heartbeat'; readonly generation: Generation }
  /** The group has given this member up, or kafkajs has left it. It joins again as if for the first time. */
  | { readonly type: 'expelled' }
  | { readonly type: 'ended' }

export const initialMembership: Membership = { phase: 'joining' }

export function nextMembership(membership: Membership, event: MembershipEvent): Membership {
  if (membership.phase === 'ended') return membership
  switch (event.type) {
    case 'joined':
      return { phase: 'stable', generation: event.generation }
    case 'expelled':
      return { phase: 'joining' }
    case 'ended':
      return { phase: 'ended' }
    case 'rebalancing':
      return membership.phase === 'stable' ? { ...membership, phase: 'rebalancing' } : membership
    case 'heartbeat':
      return membership.phase === 'rebalancing' && isSame(membership.generation, event.generation)
        ? { ...membership, phase: 'stable' }
        : membership
  }
}

/**
 * Whether what was owned before a join may be kept: only by the same member. A new member id means that the group had
 * given this member up, and others may have owned its partitions in between.
 */
export function keepsOwnership(before: Membership, joined: Generation): boolean {
  return isMember(before) && before.generation.memberId === joined.memberId
}

/** True while kafkajs holds an assignment, so that it takes pauses and seeks. */
export function isMember(membership: Membership): membership is Extract<Membership, { generation: Generation }> {
  return membership.phase === 'stable' || membership.phase === 'rebalancing'
}

function isSame(a: Generation, b: Generation): boolean {
  return a.memberId === b.memberId && a.generationId === b.generationId
}
