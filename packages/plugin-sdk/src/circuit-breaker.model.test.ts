/** Random deliveries that overlap and end in any order, against a model that numbers its eras and remembers each delivery's. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { admitDelivery, closedBreaker, settleDelivery, type Breaker, type BreakerRules, type PermitOutcome } from './circuit-breaker.ts'

type Action =
  | { readonly kind: 'begin' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end'; readonly index: number; readonly outcome: PermitOutcome }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Action>({ kind: 'begin' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((ms): Action => ({ kind: 'wait', ms })) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant<'end'>('end'),
      index: fc.nat({ max: 20 }),
      outcome: fc.constantFrom<PermitOutcome>('succeeded', 'failed', 'failed', 'abandoned'),
    }),
  },
)

/** Every change of state and every probe is an era of its own; a delivery counts in the era it began in. */
class ModelBreaker {
  state: Breaker['circuit']['state'] = 'closed'
  trips = 0
  #era = 0
  #failures = 0
  #sinceMs = 0
  #probes = 0
  readonly #rules: BreakerRules

  constructor(rules: BreakerRules) {
    this.#rules = rules
  }

  /** The era of the delivery, or null when it may not begin. */
  begin(nowMs: number): number | null {
    if (this.state === 'closed') return this.#era
    const coolsDown = this.state === 'open' && nowMs < this.#sinceMs + this.#rules.cooldownMs
    if (coolsDown || this.#probes > 0) return null
    this.state = 'half_open'
    this.#probes += 1
    this.#era += 1
    return this.#era
  }

  end(era: number, outcome: PermitOutcome, nowMs: number): void {
    if (era !== this.#era) return
    const wasProbe = this.state === 'half_open'
    if (wasProbe) this.#probes -= 1
    if (outcome === 'abandoned') this.#era += wasProbe ? 1 : 0
    else if (outcome === 'succeeded') this.#succeed(wasProbe)
    else this.#fail(wasProbe, nowMs)
  }

  #succeed(wasProbe: boolean): void {
    this.#failures = 0
    if (wasProbe) this.#become('closed')
  }

  #fail(wasProbe: boolean, nowMs: number): void {
    this.#failures += 1
    if (!wasProbe && this.#failures < this.#rules.failureThreshold) return
    this.#failures = 0
    this.#sinceMs = nowMs
    this.trips += 1
    this.#become('open')
  }

  #become(state: 'closed' | 'open'): void {
    this.state = state
    this.#era += 1
  }
}

const anyRules = fc.record({ failureThreshold: fc.integer({ min: 1, max: 4 }), cooldownMs: fc.integer({ min: 0, max: 15 }) })

it('admits and changes state exactly as the model does', () => {
  fc.assert(
    fc.property(anyRules, fc.array(action, { maxLength: 80, size: 'max' }), (rules, actions) => {
      const model = new ModelBreaker(rules)
      let breaker = closedBreaker
      let nowMs = 0
      const running: { readonly permit: number; readonly era: number }[] = []
      const begin = (): void => {
        const [next, admission] = admitDelivery(breaker, rules, nowMs)
        const era = model.begin(nowMs)
        expect(admission.admitted).toBe(era !== null)
        if (admission.admitted && era !== null) running.push({ permit: admission.permit, era })
        breaker = next
      }
      const end = (index: number, outcome: PermitOutcome): void => {
        const [delivery] = running.splice(index % Math.max(1, running.length), 1)
        if (delivery === undefined) return
        breaker = settleDelivery(breaker, { permit: delivery.permit, outcome }, { ...rules, nowMs })
        model.end(delivery.era, outcome, nowMs)
      }
      for (const step of actions) {
        if (step.kind === 'begin') begin()
        else if (step.kind === 'wait') nowMs += step.ms
        else end(step.index, step.outcome)
        expect({ state: breaker.circuit.state, trips: breaker.trips }).toEqual({ state: model.state, trips: model.trips })
      }
    }),
    { numRuns: 500 },
  )
})
