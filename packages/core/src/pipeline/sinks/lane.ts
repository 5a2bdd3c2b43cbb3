/**
 * The way of payloads to one sink instance: queue → batch → breaker → call → policy, until every payload has an end state.
 * While calls are in flight further groups gather. A group that waits to be tried again leaves its batch and comes back to
 * its place in the queue: it holds up nobody but those behind it in a line of an ordered sink.
 */
import { SinkError } from '@drakkar/plugin-sdk'
import { applyOutcomes } from './apply-outcomes.ts'
import { callSink, type CallPorts, type PayloadOutcome } from './call-sink.ts'
import { Circuit, type CircuitRules } from './circuit.ts'
import type { BatchPart } from './cut-batch.ts'
import { endPayload, isOpen, type DeliveryGroup, type EndState, type GroupPayload } from './delivery-group.ts'
import { LaneEntry } from './lane-entry.ts'
import { LaneGate, type GatePorts, type GateRules } from './lane-gate.ts'
import { leaveLines, lineUp } from './line-up.ts'
import { Lines } from './lines.ts'
import { OpenEntries } from './open-entries.ts'
import { decline, divert, followUp, settleFailure, type FailureDesk, type FailureRules } from './settle-failure.ts'
import { SinkCounters } from './sink-counters.ts'

export interface LaneRules extends GateRules, FailureRules {
  readonly ordered: boolean
  readonly maxInFlight: number
  /** Null: no deadline. */
  readonly deliveryTimeoutMs: number | null
  readonly circuit: CircuitRules
}

export type LanePorts = Pick<FailureDesk, 'clock' | 'logger' | 'random' | 'exits'> &
  Pick<CallPorts, 'deliver' | 'serve'> &
  Pick<GatePorts, 'throttle'>

export class Lane {
  readonly counters = new SinkCounters()
  readonly circuit: Circuit
  readonly #rules: LaneRules
  readonly #ports: LanePorts
  readonly #gate: LaneGate
  readonly #lines = new Lines<LaneEntry>()
  readonly #desk: FailureDesk
  readonly #callPorts: CallPorts
  readonly #open = new OpenEntries((entries) => {
    // All of them before anything else may go.
    for (const entry of entries.filter((one) => this.#gate.remove(one))) this.#giveUp(entry)
  })
  readonly #idleWaiters: (() => void)[] = []
  #number = 0
  #callsInFlight = 0

  constructor(rules: LaneRules, ports: LanePorts) {
    this.#rules = rules
    this.#ports = ports
    this.circuit = new Circuit(rules.circuit, ports)
    const gatePorts: GatePorts = {
      clock: ports.clock,
      throttle: (reason, active) => ports.throttle(reason, active),
      divert: (entries) => this.#divert(entries),
      onWake: () => this.#pump(),
    }
    this.#gate = new LaneGate(rules, gatePorts, this.circuit)
    this.#callPorts = {
      clock: ports.clock,
      logger: ports.logger,
      deliver: (batch, call) => ports.deliver(batch, call),
      serve: (requestId, body, signal) => ports.serve(requestId, body, signal),
      answered: (status, count) => this.counters.answered(status, count),
    }
    this.#desk = {
      ...ports,
      rules,
      counters: this.counters,
      retry: (entry, payloads, delayMs) => this.#guard(entry, this.#retryLater(entry, payloads, delayMs)),
      holdProbe: (entry, payloads) => this.#holdProbe(entry, payloads),
      end: (payloads, state) => this.#end(payloads, state),
      leave: (entry, payloads, end) => this.#leave(entry, payloads, end),
    }
  }

  /** Payloads that wait for a batch or for their next attempt. */
  get queueDepth(): number {
    return this.#gate.depth
  }

  /**
   * Resolves true when every payload of the group has an end state, false when something of it was given up unsettled. Rejects
   * for a defect of ours.
   */
  submit(group: DeliveryGroup): Promise<boolean> {
    this.counters.received(group.payloads.length)
    return new Promise((settle, fail) => {
      this.#number += 1
      const entry = new LaneEntry(group, { number: this.#number, dueMs: this.#gate.dueMs(), settle, fail })
      this.#open.add(entry)
      if (entry.isAbandoned) {
        this.#giveUp(entry)
        return
      }
      if (this.#rules.ordered) lineUp(this.#lines, entry)
      this.#gate.add(entry)
      this.#pump()
    })
  }

  /** Until the returned function is called, nobody waits for company: partitions leave, or the worker stops (spec BSP-5). */
  hurry(): () => void {
    return this.#gate.hurry()
  }

  /** Resolves when nothing is queued, in flight or on its way elsewhere. */
  async idle(): Promise<void> {
    if (this.#open.size > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve))
  }

  /** No timer runs any more. */
  stop(): void {
    this.#gate.stop()
  }

  #pump(): void {
    while (this.#callsInFlight < this.#rules.maxInFlight) {
      const parts = this.#gate.next()
      if (parts === null) return
      for (const { entry } of parts) entry.beginAttempt()
      this.#deliver(parts).catch((error: unknown) => this.#fail(parts, error))
    }
  }

  async #deliver(parts: readonly BatchPart[]): Promise<void> {
    const { clock } = this.#ports
    this.#callsInFlight += 1
    for (const { payloads } of parts) for (const payload of payloads) payload.stage = 'in_flight'
    const startedMs = clock.monotonicMs()
    const outcomes = await callSink({ parts, timeoutMs: this.#rules.deliveryTimeoutMs }, this.#callPorts)
    this.#callsInFlight -= 1
    const arrived = parts.reduce((sum, part) => sum + this.#apply(part, outcomes), 0)
    if (arrived > 0) this.counters.delivered({ ts: clock.now(), durationMs: clock.monotonicMs() - startedMs })
    for (const { entry } of parts) this.#advance(entry)
    this.#pump()
  }

  /** Returns how many payloads the sink took. */
  #apply(part: BatchPart, outcomes: ReadonlyMap<string, PayloadOutcome> | null): number {
    const { entry } = part
    const { taken, declined, followed } = applyOutcomes(part, outcomes, (payloads, state) => this.#end(payloads, state))
    for (const follower of followed) this.#follow(entry, follower)
    if (taken > 0 && entry.sequence !== null) this.circuit.arrived(entry.sequence)
    if (declined.length > 0 && !entry.isAbandoned) decline(entry, declined, this.#desk)
    return taken
  }

  /** After a call: the rest of the group, its failures, or its end. */
  #advance(entry: LaneEntry): void {
    if (entry.isAbandoned) {
      this.#giveUp(entry)
      return
    }
    leaveLines(this.#lines, entry)
    const hasFailed = entry.group.has('failed')
    if (entry.group.has('waiting') && !(hasFailed && this.#rules.ordered)) this.#goOn(entry)
    else if (hasFailed) this.#guard(entry, this.#settleFailure(entry))
    else this.#finish(entry)
  }

  async #settleFailure(entry: LaneEntry): Promise<void> {
    const decision = await settleFailure(entry, this.#desk)
    if (decision === 'retries') return
    leaveLines(this.#lines, entry)
    if (entry.isAbandoned) this.#giveUp(entry)
    else if (entry.group.has('waiting')) this.#goOn(entry.withoutFailures())
    else this.#finish(entry)
    this.#pump()
  }

  #goOn(entry: LaneEntry): void {
    entry.dueMs = 0
    this.#gate.add(entry)
  }

  async #retryLater(entry: LaneEntry, payloads: readonly GroupPayload[], delayMs: number): Promise<void> {
    for (const payload of payloads) payload.stage = 'waiting'
    const bytes = payloads.reduce((sum, payload) => sum + payload.bytes, 0)
    this.#gate.rest(payloads.length, bytes)
    if (delayMs > 0) await this.#ports.clock.sleep(delayMs, entry.group.origin.signal)
    this.#gate.rest(-payloads.length, -bytes)
    if (entry.isAbandoned) {
      this.#giveUp(entry)
      return
    }
    this.#goOn(entry)
    this.#pump()
  }

  /** Under `hold` nothing the breaker is probed with is lost to the dead letters: it waits like the rest (spec CB-20). */
  #holdProbe(entry: LaneEntry, payloads: readonly GroupPayload[]): boolean {
    const { sequence } = entry
    if (sequence === null || this.#rules.circuit.onOpen !== 'hold' || !this.circuit.isProbe(sequence)) return false
    for (const payload of payloads) payload.stage = 'waiting'
    sequence.blamed = true
    entry.sequence = null
    this.circuit.leave(sequence)
    this.#goOn(entry)
    this.#pump()
    return true
  }

  #divert(entries: readonly LaneEntry[]): void {
    const error = new SinkError({ kind: 'transient', code: 'DRK_SINK_CIRCUIT_OPEN', message: 'circuit open' })
    for (const entry of entries) {
      divert(entry, error, this.#desk)
      this.#finish(entry)
    }
  }

  #follow(entry: LaneEntry, follower: { readonly payload: GroupPayload; readonly data: unknown }): void {
    const settled = followUp(entry, follower, this.#desk)
    this.#awaitExit(
      entry,
      settled.then((ok) => void (entry.lost ||= !ok)),
    )
  }

  #end(payloads: readonly GroupPayload[], state: EndState): void {
    for (const payload of payloads) endPayload(payload, state)
    this.counters.ended(state, payloads.length)
  }

  #leave(entry: LaneEntry, payloads: readonly GroupPayload[], end: Promise<EndState | 'handed_over' | 'abandoned'>): void {
    for (const payload of payloads) payload.stage = 'leaving'
    const settle = (state: EndState | 'handed_over' | 'abandoned'): void => {
      if (state === 'abandoned') this.#abandon(entry, payloads)
      else if (state === 'handed_over') {
        for (const payload of payloads) endPayload(payload, state)
        this.counters.handedOver(payloads.length)
      } else this.#end(payloads, state)
    }
    this.#awaitExit(entry, end.then(settle))
  }

  #awaitExit(entry: LaneEntry, exit: Promise<void>): void {
    entry.leaving += 1
    const left = exit.then(() => {
      entry.leaving -= 1
      this.#finish(entry)
    })
    this.#guard(entry, left)
  }

  #giveUp(entry: LaneEntry): void {
    this.#abandon(entry, entry.group.payloads.filter(isOpen))
    this.#finish(entry)
    this.#pump()
  }

  #abandon(entry: LaneEntry, payloads: readonly GroupPayload[]): void {
    for (const payload of payloads) payload.stage = 'abandoned'
    this.counters.abandoned(payloads.length)
    entry.lost ||= payloads.length > 0
  }

  /** Settles the group when the lane has nothing more to do for it and all that left has its end. */
  #finish(entry: LaneEntry): void {
    if (!this.#open.has(entry) || entry.group.payloads.some(isOpen)) return
    this.#leaveLane(entry)
    if (entry.leaving > 0) return
    this.#close(entry)
    entry.settle(!entry.lost)
  }

  /** The lane has nothing more to do with the group: others may go. */
  #leaveLane(entry: LaneEntry): void {
    if (entry.isDone) return
    entry.isDone = true
    leaveLines(this.#lines, entry)
    if (entry.sequence !== null) this.circuit.leave(entry.sequence)
  }

  #close(entry: LaneEntry): void {
    this.#open.delete(entry)
    if (this.#open.size === 0) for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }

  /** A defect of ours must not look like an answer of the sink: whoever waits for the group gets it. */
  #guard(entry: LaneEntry, work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail([{ entry }], error))
  }

  #fail(parts: readonly Pick<BatchPart, 'entry'>[], error: unknown): void {
    for (const { entry } of parts) {
      if (!this.#open.has(entry)) continue
      this.#abandon(entry, entry.group.payloads.filter(isOpen))
      this.#leaveLane(entry)
      this.#close(entry)
      entry.fail(error)
    }
    this.#pump()
  }
}
