/**
 * A circuit breaker as data: states with only their own fields, transitions as pure functions, the time an argument (spec
 * section 15). Admission gives a permit that is settled once. A permit of an earlier era says nothing about the present one.
 */

export interface BreakerRules {
  /** Consecutive failures that open it, at least 1. */
  readonly failureThreshold: number
  /** Time it stays open before one delivery may probe, in milliseconds. */
  readonly cooldownMs: number
}

export type BreakerState =
  /** Permits below `firstPermit` were given before it closed the last time. */
  | { readonly state: 'closed'; readonly failures: number; readonly firstPermit: number }
  | { readonly state: 'open'; readonly sinceMs: number }
  /** The delivery with `permit` probes; null: the next one may. */
  | { readonly state: 'half_open'; readonly permit: number | null }

export interface Breaker {
  readonly circuit: BreakerState
  /** Transitions into open so far, failed probes included (spec CB-15). */
  readonly trips: number
  readonly nextPermit: number
}

/**
 * How an admitted delivery ended, with all its retries. `abandoned`: no verdict on the target — skipped, refused for the
 * payload's content, cancelled.
 */
export type PermitOutcome = 'succeeded' | 'failed' | 'abandoned'

export type Admission = { readonly admitted: true; readonly permit: number } | { readonly admitted: false }

export interface PermitEnd {
  readonly permit: number
  readonly outcome: PermitOutcome
}

/** `nowMs`: monotonic time (spec CB-16). */
export type BreakerMoment = BreakerRules & { readonly nowMs: number }

/** How every breaker begins (spec CB-1). */
export const closedBreaker: Breaker = { circuit: { state: 'closed', failures: 0, firstPermit: 1 }, trips: 0, nextPermit: 1 }

/** May a delivery begin at `nowMs` (monotonic)? One that is not admitted must not reach the target. Each permit is settled once. */
export function admitDelivery(breaker: Breaker, rules: BreakerRules, nowMs: number): readonly [Breaker, Admission] {
  const { circuit, nextPermit: permit } = breaker
  switch (circuit.state) {
    case 'closed':
      return [
        { ...breaker, nextPermit: permit + 1 },
        { admitted: true, permit },
      ]
    case 'open':
      return nowMs - circuit.sinceMs < rules.cooldownMs ? [breaker, { admitted: false }] : probe(breaker)
    case 'half_open':
      return circuit.permit === null ? probe(breaker) : [breaker, { admitted: false }]
    default:
      return circuit satisfies never
  }
}

/**
 * The end of an admitted delivery. Counted are the deliveries admitted since the breaker closed, and the probe; what began
 * before neither closes, opens nor counts (spec CB-13). An abandoned probe leaves its place to the next delivery (spec CB-11).
 */
export function settleDelivery(breaker: Breaker, end: PermitEnd, moment: BreakerMoment): Breaker {
  const { circuit } = breaker
  switch (circuit.state) {
    case 'closed':
      return end.permit < circuit.firstPermit ? breaker : settleClosed(breaker, circuit, { outcome: end.outcome, moment })
    case 'open':
      return breaker
    case 'half_open':
      return end.permit === circuit.permit ? settleProbe(breaker, end.outcome, moment.nowMs) : breaker
    default:
      return circuit satisfies never
  }
}

type ClosedCircuit = Extract<BreakerState, { readonly state: 'closed' }>

function settleClosed(
  breaker: Breaker,
  circuit: ClosedCircuit,
  end: { readonly outcome: PermitOutcome; readonly moment: BreakerMoment },
): Breaker {
  if (end.outcome === 'abandoned') return breaker
  const failures = end.outcome === 'failed' ? circuit.failures + 1 : 0
  return failures >= end.moment.failureThreshold ? opened(breaker, end.moment.nowMs) : { ...breaker, circuit: { ...circuit, failures } }
}

function settleProbe(breaker: Breaker, outcome: PermitOutcome, nowMs: number): Breaker {
  switch (outcome) {
    case 'succeeded':
      return { ...breaker, circuit: { state: 'closed', failures: 0, firstPermit: breaker.nextPermit } }
    case 'failed':
      return opened(breaker, nowMs)
    case 'abandoned':
      return { ...breaker, circuit: { state: 'half_open', permit: null } }
    default:
      return outcome satisfies never
  }
}

function probe(breaker: Breaker): readonly [Breaker, Admission] {
  const permit = breaker.nextPermit
  return [
    { ...breaker, circuit: { state: 'half_open', permit }, nextPermit: permit + 1 },
    { admitted: true, permit },
  ]
}

function opened(breaker: Breaker, nowMs: number): Breaker {
  return { ...breaker, circuit: { state: 'open', sinceMs: nowMs }, trips: breaker.trips + 1 }
}
