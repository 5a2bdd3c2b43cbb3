/** The faults of a run: which of them are due, and which have had an effect. */
import type { Clock, SinkError } from '@drakkar/plugin-sdk'
import { type Fault, faultText, transient } from './faults.ts'

/** How faults are carried out. */
export interface FaultActions {
  /** False: it has no effect. */
  rebalance(fault: Extract<Fault, { kind: 'rebalance' }>): boolean
  /** False: it has no effect. */
  killWorker(): boolean
  /** Returns what tells how often the outage has been felt. */
  brokerDown(seconds: number): () => number
}

interface Armed {
  readonly fault: Fault
  hasBegun: boolean
  /** How often it has had an effect. */
  effects: () => number
}

/** What a delivery comes to, of the first fault that is about it. */
export interface SinkFailure {
  readonly error: SinkError
  readonly hang: boolean
  /** Which payloads fail; null: the delivery as a whole. */
  readonly payloads: ((payload: unknown) => boolean) | null
}

type SinkFault = Extract<Fault, { kind: 'failSink' }>

export class FaultScript {
  readonly #clock: Clock
  readonly #actions: FaultActions
  readonly #armed: Armed[] = []
  #started = 0
  #delivered = 0

  constructor(clock: Clock, actions: FaultActions) {
    this.#clock = clock
    this.#actions = actions
  }

  /** Those without a `when` begin at once. */
  arm(faults: readonly Fault[]): void {
    for (const fault of faults) {
      const armed: Armed = { fault, hasBegun: false, effects: () => 0 }
      this.#armed.push(armed)
      if (this.#isDue(fault) || hasNoWhen(fault)) this.#begin(armed)
      else if (fault.afterSeconds !== undefined) void this.#clock.sleep(fault.afterSeconds * 1000).then(() => this.#begin(armed))
    }
  }

  /** A program has been started. */
  started(): void {
    this.#started += 1
    this.#beginDue()
  }

  /** A payload has been delivered. */
  delivered(): void {
    this.#delivered += 1
    this.#beginDue()
  }

  /** Null: the delivery is not disturbed. */
  failureOf(sink: string, payloads: readonly unknown[]): SinkFailure | null {
    for (const armed of this.#armed) {
      const { fault } = armed
      if (fault.kind !== 'failSink' || !armed.hasBegun || !concerns(fault, sink, payloads) || !this.#use(armed, fault.times)) continue
      return { error: fault.error ?? transient(), hang: fault.hang ?? false, payloads: fault.payloads ?? null }
    }
    return null
  }

  /** True: the dead-letter log refuses what is being sent. */
  refusesDeadLetter(): boolean {
    return this.#armed.some((armed) => armed.fault.kind === 'failDeadLetters' && armed.hasBegun && this.#use(armed, armed.fault.times))
  }

  /** Faults without any effect so far, as they were written. */
  get unused(): readonly string[] {
    return this.#armed.filter(({ effects }) => effects() === 0).map(({ fault }) => faultText(fault))
  }

  #beginDue(): void {
    for (const armed of this.#armed) if (this.#isDue(armed.fault)) this.#begin(armed)
  }

  #isDue({ afterStarted = Infinity, afterDelivered = Infinity }: Fault): boolean {
    return this.#started >= afterStarted || this.#delivered >= afterDelivered
  }

  #begin(armed: Armed): void {
    if (armed.hasBegun) return
    armed.hasBegun = true
    const { fault } = armed
    if (fault.kind === 'brokerDown') armed.effects = this.#actions.brokerDown(fault.seconds)
    if (fault.kind === 'killWorker' && this.#actions.killWorker()) armed.effects = () => 1
    if (fault.kind === 'rebalance' && this.#actions.rebalance(fault)) armed.effects = () => 1
  }

  #use(armed: Armed, times = 1): boolean {
    const used = armed.effects()
    if (used >= times) return false
    armed.effects = () => used + 1
    return true
  }
}

function hasNoWhen({ afterStarted, afterDelivered, afterSeconds }: Fault): boolean {
  return afterStarted === undefined && afterDelivered === undefined && afterSeconds === undefined
}

function concerns(fault: SinkFault, sink: string, payloads: readonly unknown[]): boolean {
  return fault.sink === sink && (fault.payloads === undefined || payloads.some(fault.payloads))
}
