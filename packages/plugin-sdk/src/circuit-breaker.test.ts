import { describe, expect, it } from 'vitest'
import { admitDelivery, closedBreaker, settleDelivery, type Breaker, type BreakerRules, type PermitOutcome } from './circuit-breaker.ts'

const rules: BreakerRules = { failureThreshold: 2, cooldownMs: 100 }

/** Admits at `nowMs`; a delivery that is not admitted is a failure of the test. */
function admitted(breaker: Breaker, nowMs = 0): { readonly breaker: Breaker; readonly permit: number } {
  const [next, admission] = admitDelivery(breaker, rules, nowMs)
  if (!admission.admitted) throw new Error(`not admitted while ${breaker.circuit.state}`)
  return { breaker: next, permit: admission.permit }
}

function settled(breaker: Breaker, permit: number, end: { readonly outcome: PermitOutcome; readonly nowMs?: number }): Breaker {
  return settleDelivery(breaker, { permit, outcome: end.outcome }, { ...rules, nowMs: end.nowMs ?? 0 })
}

/** One delivery, begun and ended at `nowMs`. */
function delivered(breaker: Breaker, outcome: PermitOutcome, nowMs = 0): Breaker {
  const delivery = admitted(breaker, nowMs)
  return settled(delivery.breaker, delivery.permit, { outcome, nowMs })
}

const openAt0 = delivered(delivered(closedBreaker, 'failed'), 'failed')

describe('closed', () => {
  it('opens at the consecutive failure of its threshold, not before (CB-3)', () => {
    const once = delivered(closedBreaker, 'failed')
    expect(once.circuit.state).toBe('closed')
    expect(delivered(once, 'failed', 7)).toMatchObject({ circuit: { state: 'open', sinceMs: 7 }, trips: 1 })
  })

  it('forgets failures on a success (CB-4)', () => {
    const recovered = delivered(delivered(closedBreaker, 'failed'), 'succeeded')
    expect(delivered(recovered, 'failed').circuit.state).toBe('closed')
  })

  it('is left as it is by an abandoned delivery (CB-5)', () => {
    const once = delivered(closedBreaker, 'failed')
    expect(delivered(once, 'abandoned').circuit).toEqual(once.circuit)
  })
})

describe('open', () => {
  it('admits nothing until the cooldown is over, then one probe (CB-6, CB-7, CB-8)', () => {
    expect(admitDelivery(openAt0, rules, 99)).toEqual([openAt0, { admitted: false }])
    const probing = admitted(openAt0, 100)
    expect(probing.breaker.circuit).toEqual({ state: 'half_open', permit: probing.permit })
    expect(admitDelivery(probing.breaker, rules, 10_000)).toEqual([probing.breaker, { admitted: false }])
  })

  it.each<PermitOutcome>(['succeeded', 'failed'])('is not changed by a delivery that began before and %s (CB-13)', (outcome) => {
    const early = admitted(closedBreaker)
    const open = delivered(delivered(early.breaker, 'failed'), 'failed')
    expect(settled(open, early.permit, { outcome, nowMs: 50 })).toEqual(open)
  })
})

describe('half-open', () => {
  it('closes when its probe succeeds (CB-9)', () => {
    expect(delivered(openAt0, 'succeeded', 100)).toMatchObject({ circuit: { state: 'closed', failures: 0 }, trips: 1 })
  })

  it('opens with a fresh cooldown when its probe fails (CB-10)', () => {
    expect(delivered(openAt0, 'failed', 130)).toMatchObject({ circuit: { state: 'open', sinceMs: 130 }, trips: 2 })
  })

  it('gives the place of an abandoned probe to the next delivery (CB-11)', () => {
    const free = delivered(openAt0, 'abandoned', 100)
    expect(free.circuit).toEqual({ state: 'half_open', permit: null })
    expect(delivered(free, 'succeeded', 100).circuit.state).toBe('closed')
  })

  it.each<PermitOutcome>(['succeeded', 'failed', 'abandoned'])('does not take a late delivery that %s for its probe', (outcome) => {
    const early = admitted(closedBreaker)
    const probing = admitted(delivered(delivered(early.breaker, 'failed'), 'failed'), 100).breaker
    expect(settled(probing, early.permit, { outcome, nowMs: 110 })).toEqual(probing)
  })
})

describe('closed again', () => {
  const early = admitted(closedBreaker)
  const again = delivered(delivered(delivered(early.breaker, 'failed'), 'failed'), 'succeeded', 100)

  it('does not count a failure of a delivery that began before it opened (CB-13)', () => {
    const once = delivered(again, 'failed', 120)
    expect(settled(once, early.permit, { outcome: 'failed', nowMs: 130 })).toEqual(once)
  })

  it('does not forget failures because a delivery from before it opened succeeds (CB-13)', () => {
    const once = delivered(again, 'failed', 120)
    const late = settled(once, early.permit, { outcome: 'succeeded', nowMs: 130 })
    expect(delivered(late, 'failed', 140).circuit.state).toBe('open')
  })
})
