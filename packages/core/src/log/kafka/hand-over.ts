/**
 * Pure: what each partition is to this member, and what a join, a loss or the end of a drain changes about it. Kafka's
 * eager protocol knows owned and not owned; the stages between make it cooperative: a partition that moves stays ours,
 * as far as the group is concerned, until its drain has ended and we have joined again without it.
 */

/** What a partition is to us. Without an entry it is nothing. */
export type Tenure =
  /** Assigned, but its position is not known yet: the listener has not heard of it. */
  | 'starting'
  | 'owned'
  /** To be given away. Works on until the revocation before it has ended. */
  | 'leaving'
  /** Its `onRevoke` runs. Still ours. */
  | 'revoking'
  /** As before, and the group wants us to keep it: it begins anew when its `onRevoke` has ended. */
  | 'returning'
  /** Somebody else's, although its `onRevoke` still runs. */
  | 'gone'
  /** As before, and assigned to us again. */
  | 'regained'

export interface HandOver {
  readonly tenures: ReadonlyMap<number, Tenure>
  /** The leader gives them to nobody before we have joined without them. */
  readonly withheld: ReadonlySet<number>
}

export interface Joined {
  readonly type: 'joined'
  readonly assigned: readonly number[]
  readonly withheld: readonly number[]
  /** False: the group had given this member up in between, so nothing it had is still its own. */
  readonly keeps: boolean
}

export type HandOverEvent =
  | Joined
  /** The position is known and the listener has heard of it. */
  | { readonly type: 'began'; readonly partitions: readonly number[] }
  /** Somebody else has worked on them. They begin anew. */
  | { readonly type: 'overtaken'; readonly partitions: readonly number[] }
  /** A revocation may begin. */
  | { readonly type: 'idle' }
  | { readonly type: 'revoked' }
  /** The group has given this member up. */
  | { readonly type: 'expelled' }

/** What is to be done, in this order. All ascending. */
export interface HandOverStep {
  readonly state: HandOver
  /** The listener had them and they are somebody else's: `onLost`. */
  readonly lost: readonly number[]
  /** Let go as agreed: nobody need be told. */
  readonly released: readonly number[]
  /** As before, but kafkajs has forgotten where it was. */
  readonly kept: readonly number[]
  /** Their positions are to be looked up. */
  readonly starting: readonly number[]
  /** `onRevoke`. */
  readonly revoking: readonly number[]
}

export const initialHandOver: HandOver = { tenures: new Map(), withheld: new Set() }

export function stepHandOver(state: HandOver, event: HandOverEvent): HandOverStep {
  const withheld = nextWithheld(state, event)
  const next = nextTenures(state, event)
  const changed = (from: readonly Tenure[], to: readonly (Tenure | undefined)[]): number[] =>
    [...state.tenures].flatMap(([partition, tenure]) => (from.includes(tenure) && to.includes(next.get(partition)) ? [partition] : []))
  const lost = changed(['owned', 'leaving'], [undefined, 'starting']).concat(changed(['revoking', 'returning'], ['gone', 'regained']))
  const kept = event.type === 'joined' ? [...next].flatMap(([partition, tenure]) => (tenure === 'owned' ? [partition] : [])) : []
  const begins = [...next].flatMap(([partition, tenure]) => (tenure === 'starting' && isFresh(state, event, partition) ? [partition] : []))
  return {
    state: { tenures: next, withheld },
    lost: ascending(lost),
    released: ascending(changed(['revoking', 'returning'], [undefined, 'starting'])),
    kept: ascending(kept),
    starting: ascending(begins),
    revoking: ascending(changed(['leaving'], ['revoking'])),
  }
}

/** What this member tells the group that it works on. */
export function claimedPartitions({ tenures }: HandOver): readonly number[] {
  return ascending([...tenures].flatMap(([partition, tenure]) => (tenure === 'gone' ? [] : [partition])))
}

/** True when the group waits for us: something is withheld that we have let go. */
export function owesJoin(state: HandOver): boolean {
  return [...state.withheld].some((partition) => !claimedPartitions(state).includes(partition))
}

function nextWithheld(state: HandOver, event: HandOverEvent): ReadonlySet<number> {
  if (event.type === 'joined') return new Set(event.withheld)
  return event.type === 'expelled' ? new Set() : state.withheld
}

/** A join makes every lookup before it void, so it begins those anew. */
function isFresh(state: HandOver, event: HandOverEvent, partition: number): boolean {
  return event.type === 'joined' || state.tenures.get(partition) !== 'starting'
}

function nextTenures(state: HandOver, event: HandOverEvent): ReadonlyMap<number, Tenure> {
  const partitions = new Set([...state.tenures.keys(), ...(event.type === 'joined' ? event.assigned : [])])
  const isRevoking = [...state.tenures.values()].some(isBeingRevoked)
  const next = [...partitions].map(
    (partition) => [partition, nextTenure(state.tenures.get(partition), { event, partition, isRevoking })] as const,
  )
  return new Map(next.flatMap(([partition, tenure]) => (tenure === undefined ? [] : [[partition, tenure] as const])))
}

interface Occasion {
  readonly event: HandOverEvent
  readonly partition: number
  /** An `onRevoke` runs; there is one at a time. */
  readonly isRevoking: boolean
}

function nextTenure(tenure: Tenure | undefined, { event, partition, isRevoking }: Occasion): Tenure | undefined {
  switch (event.type) {
    case 'joined':
      return afterJoin(tenure, {
        assigned: event.assigned.includes(partition),
        ours: event.keeps && (event.assigned.includes(partition) || event.withheld.includes(partition)),
      })
    case 'began':
      return tenure === 'starting' && event.partitions.includes(partition) ? 'owned' : tenure
    case 'overtaken':
      return tenure === 'owned' && event.partitions.includes(partition) ? 'starting' : tenure
    case 'idle':
      return tenure === 'leaving' && !isRevoking ? 'revoking' : tenure
    case 'revoked':
      return afterRevoke(tenure)
    case 'expelled':
      return afterJoin(tenure, { assigned: false, ours: false })
  }
}

/** `ours`: nobody else can have had it. */
function afterJoin(tenure: Tenure | undefined, { assigned, ours }: { assigned: boolean; ours: boolean }): Tenure | undefined {
  switch (tenure) {
    case undefined:
    case 'starting':
      return assigned ? 'starting' : undefined
    case 'owned':
    case 'leaving':
      if (!ours) return assigned ? 'starting' : undefined
      return assigned ? 'owned' : 'leaving'
    case 'revoking':
    case 'returning':
      if (!ours) return assigned ? 'regained' : 'gone'
      return assigned ? 'returning' : 'revoking'
    case 'gone':
    case 'regained':
      return assigned ? 'regained' : 'gone'
  }
}

function afterRevoke(tenure: Tenure | undefined): Tenure | undefined {
  if (tenure === 'revoking' || tenure === 'gone') return undefined
  return tenure === 'returning' || tenure === 'regained' ? 'starting' : tenure
}

function isBeingRevoked(tenure: Tenure): boolean {
  return tenure === 'revoking' || tenure === 'returning' || tenure === 'gone' || tenure === 'regained'
}

function ascending(partitions: readonly number[]): readonly number[] {
  return partitions.toSorted((a, b) => a - b)
}
