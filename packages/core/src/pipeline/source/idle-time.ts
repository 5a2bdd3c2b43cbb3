/**
 * How long executors had nothing to do although messages waited, and how long the source had nothing for us (spec SRC-16).
 * Time counts for the state that was found when it began: whoever changes the state says so.
 */
import type { Clock } from '@drakkar/plugin-sdk'

export interface IdleState {
  /** Executors without a task, while messages wait to be arranged; otherwise 0. */
  readonly idleSlots: number
  /** Nothing is queued or in flight, and the source may deliver. */
  readonly isConsumerIdle: boolean
}

export interface IdleTotals {
  readonly executorIdleSlotSeconds: number
  readonly consumerIdleSeconds: number
}

export class IdleTime {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #look: () => IdleState
  #state: IdleState = { idleSlots: 0, isConsumerIdle: false }
  #sinceMs: number
  #slotSeconds = 0
  #consumerSeconds = 0
  #isDue = false

  constructor(clock: Pick<Clock, 'monotonicMs'>, look: () => IdleState) {
    this.#clock = clock
    this.#look = look
    this.#sinceMs = clock.monotonicMs()
  }

  /** Up to now. */
  get totals(): IdleTotals {
    this.#count()
    return { executorIdleSlotSeconds: this.#slotSeconds, consumerIdleSeconds: this.#consumerSeconds }
  }

  /** Cheap, called per message: the state is looked at once, when all that follows from the change has happened. */
  changed(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#count()
    })
  }

  #count(): void {
    const nowMs = this.#clock.monotonicMs()
    const seconds = Math.max(0, nowMs - this.#sinceMs) / 1000
    this.#slotSeconds += this.#state.idleSlots * seconds
    if (this.#state.isConsumerIdle) this.#consumerSeconds += seconds
    this.#sinceMs = nowMs
    this.#state = this.#look()
  }
}
