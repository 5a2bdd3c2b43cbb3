/**
 * The circuit breaker of one lane: gives each delivery sequence its permit and tells the breaker how it ended. A sequence is
 * the groups that were admitted together, with all their retries (design 13, spec section 15).
 */
import {
  admitDelivery,
  closedBreaker,
  settleDelivery,
  type Breaker,
  type Clock,
  type Logger,
  type PermitOutcome,
} from '@drakkar/plugin-sdk'

export interface CircuitRules {
  readonly failureThreshold: number
  readonly cooldownMs: number
  /** What becomes of groups that come while it is open: to the dead letters, or held back together with the source. */
  readonly onOpen: 'dlq' | 'hold'
}

export interface CircuitPorts {
  readonly clock: Clock
  readonly logger: Logger
}

/** One permit, shared by the groups admitted with it. */
export interface BreakerSequence {
  readonly permit: number
  /** Groups the lane still works on. */
  groups: number
  /** One of them failed for good in a way that speaks against the sink. */
  blamed: boolean
  settled: boolean
}

export interface CircuitSnapshot {
  readonly circuit_state: 'closed' | 'open' | 'half_open'
  readonly circuit_trips: number
  /** Unix seconds, null unless open. */
  readonly circuit_opened_ts: number | null
  readonly probe_inflight: boolean
}

export class Circuit {
  readonly rules: CircuitRules
  readonly #ports: CircuitPorts
  #breaker: Breaker = closedBreaker
  #openedAtMs = 0

  constructor(rules: CircuitRules, ports: CircuitPorts) {
    this.rules = rules
    this.#ports = ports
  }

  /** The permission for groups that begin together; null: they must not reach the sink now. */
  admit(groups: number): BreakerSequence | null {
    const [breaker, admission] = admitDelivery(this.#breaker, this.rules, this.#ports.clock.monotonicMs())
    this.#move(breaker)
    return admission.admitted ? { permit: admission.permit, groups, blamed: false, settled: false } : null
  }

  /** A payload of the sequence arrived: the sequence is a success, whatever else comes of it. */
  arrived(sequence: BreakerSequence): void {
    this.#settle(sequence, 'succeeded')
  }

  /** The lane is done with one group of the sequence. */
  leave(sequence: BreakerSequence): void {
    sequence.groups -= 1
    if (sequence.groups === 0) this.#settle(sequence, sequence.blamed ? 'failed' : 'abandoned')
  }

  /** The sequence is what the breaker, open until now, is tried with. */
  isProbe(sequence: BreakerSequence): boolean {
    const { circuit } = this.#breaker
    return circuit.state === 'half_open' && circuit.permit === sequence.permit
  }

  /** Milliseconds until a probe may go; null unless open. */
  get cooldownLeftMs(): number | null {
    const { circuit } = this.#breaker
    return circuit.state === 'open' ? Math.max(0, circuit.sinceMs + this.rules.cooldownMs - this.#ports.clock.monotonicMs()) : null
  }

  snapshot(): CircuitSnapshot {
    const { circuit, trips } = this.#breaker
    return {
      circuit_state: circuit.state,
      circuit_trips: trips,
      circuit_opened_ts: circuit.state === 'open' ? this.#openedAtMs / 1000 : null,
      probe_inflight: circuit.state === 'half_open' && circuit.permit !== null,
    }
  }

  #settle(sequence: BreakerSequence, outcome: PermitOutcome): void {
    if (sequence.settled) return
    sequence.settled = true
    const moment = { ...this.rules, nowMs: this.#ports.clock.monotonicMs() }
    this.#move(settleDelivery(this.#breaker, { permit: sequence.permit, outcome }, moment))
  }

  #move(breaker: Breaker): void {
    const [before, after] = [this.#breaker.circuit.state, breaker.circuit.state]
    this.#breaker = breaker
    if (before === after) return
    const { logger, clock } = this.#ports
    if (after === 'open') {
      this.#openedAtMs = clock.now()
      logger.error('sink_circuit_opened', {
        trips: breaker.trips,
        cooldown_seconds: this.rules.cooldownMs / 1000,
        on_open: this.rules.onOpen,
      })
    } else if (after === 'half_open') logger.info('sink_circuit_half_open', {})
    else logger.info('sink_circuit_closed', {})
  }
}
