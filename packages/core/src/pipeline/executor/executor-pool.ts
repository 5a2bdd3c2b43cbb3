/**
 * The slots. Taking, giving back and handing over happen synchronously, so that the counts are exact whenever anybody
 * else runs (EXE-22…26).
 */
import type { Clock } from '@drakkar/plugin-sdk'
import type { Cancellation } from './cancellation.ts'
import { afterPressure, afterStart, fullLimit, type ConcurrencyLimit } from './concurrency-limit.ts'
import type { TaskPriority } from './executor.ts'
import { PriorityGate } from './priority-gate.ts'
import { startTimer } from './timer.ts'

export interface SlotRequest {
  readonly priority: TaskPriority
  readonly defaultPriority: number
  readonly cancellation: Cancellation
  /** From an earlier lease of the same task: keeps its place among equals. */
  readonly arrival?: number | undefined
}

export interface SlotLease {
  /** 0…max−1, the lowest that was free. */
  readonly slot: number
  readonly arrival: number
  /** Gives the slot to the next waiter. Further calls do nothing. */
  release(): void
}

export interface ExecutorPoolOptions {
  readonly maxExecutors: number
  readonly clock: Clock
  readonly onIncomparablePriority: () => void
}

export class ExecutorPool {
  readonly maxExecutors: number
  readonly #clock: Clock
  readonly #gate: PriorityGate<SlotLease>
  readonly #taken: boolean[]
  #limit: ConcurrencyLimit
  #activeCount = 0
  #arrivals = 0
  #cancelPause: (() => void) | null = null

  constructor(options: ExecutorPoolOptions) {
    this.maxExecutors = options.maxExecutors
    this.#clock = options.clock
    this.#gate = new PriorityGate(options.onIncomparablePriority)
    this.#taken = Array.from({ length: options.maxExecutors }, () => false)
    this.#limit = fullLimit(options.maxExecutors)
  }

  get activeCount(): number {
    return this.#activeCount
  }

  get waitingCount(): number {
    return this.#gate.waitingCount
  }

  /** Slots in use at most; below `maxExecutors` while the machine is short of resources. */
  get limit(): number {
    return this.#limit.limit
  }

  /**
   * Resolves null when cancelled while waiting. A holder whose cancellation came at the moment of the hand-over gets
   * its lease and must look at the cancellation before it uses it.
   */
  acquire(request: SlotRequest): Promise<SlotLease | null> {
    if (request.cancellation.isCancelled) return Promise.resolve(null)
    const arrival = request.arrival ?? this.#arrivals++
    if (this.#gate.waitingCount === 0 && this.#hasRoom()) return Promise.resolve(this.#take(arrival))
    return new Promise((resolve) => {
      const waiter = this.#gate.add({ ...request, arrival }, (lease) => {
        request.cancellation.listen(null)
        resolve(lease)
      })
      request.cancellation.listen(() => {
        if (this.#gate.remove(waiter)) resolve(null)
      })
    })
  }

  /** A program could not start for want of resources: fewer slots, and none before a pause. Then release the lease. */
  reportPressure(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#limit = afterPressure(this.#limit, this.#activeCount, nowMs)
    this.#cancelPause ??= startTimer(this.#clock, this.#limit.pausedUntilMs - nowMs, () => this.#endPause())
  }

  /** A program started. */
  reportStart(): void {
    const before = this.#limit.limit
    this.#limit = afterStart(this.#limit)
    if (this.#limit.limit > before) this.#dispatch()
  }

  /** Ends a pause's timer. */
  close(): void {
    this.#cancelPause?.()
    this.#cancelPause = null
  }

  #endPause(): void {
    this.#cancelPause = null
    this.#dispatch()
  }

  #hasRoom(): boolean {
    return this.#activeCount < this.#limit.limit && this.#cancelPause === null
  }

  #take(arrival: number): SlotLease {
    const slot = this.#taken.indexOf(false)
    this.#taken[slot] = true
    this.#activeCount += 1
    let isHeld = true
    const release = (): void => {
      if (!isHeld) return
      isHeld = false
      this.#taken[slot] = false
      this.#activeCount -= 1
      this.#dispatch()
    }
    return { slot, arrival, release }
  }

  #dispatch(): void {
    while (this.#hasRoom()) {
      const waiter = this.#gate.next()
      if (waiter === undefined) return
      waiter.grant(this.#take(waiter.arrival))
    }
  }
}
