/**
 * Which groups of a lane go next, and when: order, batch limits, waiting for company, the breaker's admission, and the
 * throttles that hold back the source.
 */
import type { Clock } from '@drakkar/plugin-sdk'
import type { Circuit } from './circuit.ts'
import { cutBatch, type BatchLimits, type BatchPart } from './cut-batch.ts'
import type { LaneEntry } from './lane-entry.ts'
import { LaneQueue } from './lane-queue.ts'
import { WakeTimer } from './wake-timer.ts'

export interface GateRules extends BatchLimits {
  /** Longest wait of a group for company. */
  readonly maxWaitMs: number
}

/** Why a lane wants the source to rest: too many payloads wait, or its breaker is open and holds (spec BSP-9, CB-20). */
export type ThrottleReason = 'queue' | 'circuit'

export interface GatePorts {
  readonly clock: Clock
  /** Asks the source to rest, or lets it go on. Named and idempotent (spec BSP-10). */
  throttle(reason: ThrottleReason, active: boolean): void
  /** Groups the breaker does not admit and that are not held back. */
  divert(entries: readonly LaneEntry[]): void
  /** Somebody may go now: call `next`. */
  onWake(): void
}

export class LaneGate {
  readonly #rules: GateRules
  readonly #ports: GatePorts
  readonly #circuit: Circuit
  readonly #queue = new LaneQueue()
  readonly #timer: WakeTimer
  /** Payloads that wait to be tried again, and their bytes. */
  #resting = 0
  #restingBytes = 0
  #hurries = 0
  readonly #throttles = new Set<ThrottleReason>()

  constructor(rules: GateRules, ports: GatePorts, circuit: Circuit) {
    this.#rules = rules
    this.#ports = ports
    this.#circuit = circuit
    this.#timer = new WakeTimer(ports.clock, () => {
      this.#throttle('circuit', false)
      ports.onWake()
    })
  }

  /** Payloads that wait for a batch or for their next attempt. */
  get depth(): number {
    return this.#queue.payloads + this.#resting
  }

  /** When the entry stops waiting for company. */
  dueMs(): number {
    return this.#rules.maxWaitMs === 0 ? 0 : this.#ports.clock.monotonicMs() + this.#rules.maxWaitMs
  }

  add(entry: LaneEntry): void {
    this.#queue.add(entry)
    this.#watchDepth()
  }

  /** False when it was not waiting here. */
  remove(entry: LaneEntry): boolean {
    const removed = this.#queue.remove(entry)
    this.#watchDepth()
    return removed
  }

  /** Payloads that begin (or with negative numbers end) to wait for their next attempt, outside the queue. */
  rest(payloads: number, bytes: number): void {
    this.#resting += payloads
    this.#restingBytes += bytes
    this.#watchDepth()
  }

  /** Until the returned function is called, nobody waits for company (spec BSP-5). */
  hurry(): () => void {
    this.#hurries += 1
    this.#ports.onWake()
    return () => {
      this.#hurries -= 1
    }
  }

  /** No timer runs any more. */
  stop(): void {
    this.#timer.stop()
  }

  /** Takes the next batch out of the queue; null when nobody may go now. */
  next(): readonly BatchPart[] | null {
    let held = false
    while (!this.#isGathering()) {
      const cut = cutBatch(this.#queue.entries, this.#rules, (entry) => !held || entry.sequence !== null)
      const [first] = cut.parts
      if (first === undefined || (!cut.full && this.#waitsForCompany(cut.parts))) return null
      const fresh = cut.parts.filter(({ entry }) => entry.sequence === null).map(({ entry }) => entry)
      if (fresh.length === 0 || this.#admit(fresh)) {
        this.#take(cut.parts.map(({ entry }) => entry))
        return cut.parts
      }
      if (this.#circuit.rules.onOpen === 'hold') {
        held = true
      } else {
        this.#take(fresh)
        this.#ports.divert(fresh)
      }
    }
    return null
  }

  /**
   * Nobody is there, or none that may go while the breaker holds, or clearly less than a batch and all can wait. Cheap, because
   * it is asked for every group that comes.
   */
  #isGathering(): boolean {
    const [first] = this.#queue.entries
    if (first === undefined || (this.#isHeld && this.#queue.admitted === 0)) return true
    if (first.dueMs === 0 || this.#queue.payloads >= this.#rules.maxItems || this.#queue.bytes >= this.#rules.maxBytes) return false
    return this.#waitsForCompany([{ entry: first }])
  }

  /** The breaker was asked, and keeps what is new waiting until its timer or its probe says otherwise. */
  get #isHeld(): boolean {
    return this.#throttles.has('circuit')
  }

  #waitsForCompany(parts: readonly Pick<BatchPart, 'entry'>[]): boolean {
    if (this.#rules.maxWaitMs === 0 || this.#hurries > 0 || !this.#rules.batching) return false
    const leftMs = Math.min(...parts.map(({ entry }) => entry.dueMs)) - this.#ports.clock.monotonicMs()
    if (leftMs <= 0) return false
    this.#timer.wakeIn(leftMs)
    return true
  }

  #admit(entries: readonly LaneEntry[]): boolean {
    const holds = this.#circuit.rules.onOpen === 'hold'
    const sequence = this.#circuit.admit(entries.length)
    if (sequence === null) {
      const leftMs = this.#circuit.cooldownLeftMs
      if (holds && leftMs !== null) {
        this.#throttle('circuit', true)
        this.#timer.wakeIn(leftMs)
      }
      return false
    }
    if (holds) this.#throttle('circuit', false)
    for (const entry of entries) entry.sequence = sequence
    return true
  }

  #take(entries: readonly LaneEntry[]): void {
    this.#queue.take(entries)
    this.#watchDepth()
  }

  #watchDepth(): void {
    const load = { payloads: this.depth, bytes: this.#queue.bytes + this.#restingBytes }
    this.#throttle('queue', isOverfull(this.#throttles.has('queue'), load, this.#rules))
  }

  /** Says only what is new. */
  #throttle(reason: ThrottleReason, active: boolean): void {
    if (active === this.#throttles.has(reason)) return
    if (active) this.#throttles.add(reason)
    else this.#throttles.delete(reason)
    this.#ports.throttle(reason, active)
  }
}

/** Batches' worth of bytes at which a queue is full; at half of it there is room again. */
const fullBatches = 32

/**
 * Watermarks of a lane's queue: full at twice a batch, empty enough at one, at least 1000 and 500 payloads (spec BSP-9); and by
 * bytes, which a few large payloads reach first.
 */
function isOverfull(wasFull: boolean, load: { readonly payloads: number; readonly bytes: number }, limits: BatchLimits): boolean {
  const mostBytes = fullBatches * limits.maxBytes
  if (load.payloads >= Math.max(1000, 2 * limits.maxItems) || load.bytes >= mostBytes) return true
  return wasFull && (load.payloads > Math.max(500, limits.maxItems) || load.bytes > mostBytes / 2)
}
