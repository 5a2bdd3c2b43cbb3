/** One group on its way through a lane. */
import type { BreakerSequence } from './circuit.ts'
import type { DeliveryGroup } from './delivery-group.ts'
import type { LinePlace } from './lines.ts'

const none: readonly never[] = []

export class LaneEntry {
  readonly group: DeliveryGroup
  /** Order of arrival in the lane; a group that is tried again keeps its number. */
  readonly number: number
  /** Called once. */
  readonly settle: (settled: boolean) => void
  /** Called instead of `settle` for a defect of ours. */
  readonly fail: (error: unknown) => void
  /** From here on it does not wait for company, monotonic milliseconds. */
  dueMs: number
  /** Its places in an ordered lane's lines, one per key. */
  places: readonly LinePlace<LaneEntry>[] = none
  /** The breaker's permission; null before the first delivery. */
  sequence: BreakerSequence | null = null
  /** An attempt has begun and is not over: its parts and its fast retries belong to it. */
  isTrying = false
  /** Attempts as the handler counts them: fast retries are part of one. */
  attempts = 0
  /** Of the present attempt. */
  fastRetries = 0
  /** Attempts since the retry strategy began, or began again. */
  strategyAttempts = 0
  /** Retries the handler asked for. */
  handlerRetries = 0
  /** Payloads on their way to somewhere else. */
  leaving = 0
  /** Something of it ended without an end state. */
  lost = false
  /** The lane has nothing more to do with it. */
  isDone = false
  /** The business of `OpenEntries`. */
  openPlace = -1

  constructor(group: DeliveryGroup, options: Pick<LaneEntry, 'number' | 'dueMs' | 'settle' | 'fail'>) {
    this.group = group
    this.number = options.number
    this.dueMs = options.dueMs
    this.settle = options.settle
    this.fail = options.fail
  }

  get isAbandoned(): boolean {
    return this.group.origin.signal.aborted
  }

  /** A call begins: the first of an attempt, or one of its further parts and fast retries. */
  beginAttempt(): void {
    if (this.isTrying) return
    this.isTrying = true
    this.attempts += 1
    this.strategyAttempts += 1
  }

  endAttempt(): void {
    this.isTrying = false
    this.fastRetries = 0
  }

  /** The payloads that failed have left; the rest of the group begins from the start. */
  withoutFailures(): this {
    this.attempts = 0
    this.strategyAttempts = 0
    this.handlerRetries = 0
    return this
  }
}
