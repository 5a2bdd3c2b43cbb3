/** The flush barriers in the queue of a `BackgroundSink` (spec DRN-10, DRN-15, DRN-20). */
import type { Clock } from './clock.ts'
import { flushTimedOut } from './drain-errors.ts'
import type { SinkError } from './errors.ts'

/** One call of `flush()`. */
interface Barrier {
  /** How many messages had been accepted before it. */
  readonly after: number
  /** Answers the caller, unless a time-out did. Returns whether it was told by this call. */
  settle(failure: SinkError | null): boolean
}

export class FlushBarriers {
  #waiting: Barrier[] = []
  readonly #clock: Pick<Clock, 'sleep'>
  readonly #timeoutMs: number | undefined

  constructor(clock: Pick<Clock, 'sleep'>, timeoutMs: number | undefined) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Messages accepted before the first barrier; undefined without one. */
  get firstAfter(): number | undefined {
    return this.#waiting[0]?.after
  }

  /** A barrier behind the first `after` messages. Settles when the actor has met it, or rejects at the time-out. */
  add(after: number): Promise<void> {
    const timeoutMs = this.#timeoutMs
    const answered = new AbortController()
    return new Promise<void>((resolve, reject) => {
      const settle = (failure: SinkError | null): boolean => {
        if (answered.signal.aborted) return false
        answered.abort()
        if (failure === null) resolve()
        else reject(failure)
        return true
      }
      const barrier = { after, settle }
      this.#waiting.push(barrier)
      if (timeoutMs === undefined) return
      void this.#clock.sleep(timeoutMs, answered.signal).then(() => {
        if (settle(flushTimedOut(timeoutMs))) this.#waiting = this.#waiting.filter((other) => other !== barrier)
      })
    })
  }

  /** Removes the barriers behind which at most `taken` messages lie, and gives them. */
  takeReached(taken: number): readonly Barrier[] {
    const isReached = (barrier: Barrier): boolean => barrier.after <= taken
    const reached = this.#waiting.filter(isReached)
    this.#waiting = this.#waiting.filter((barrier) => !isReached(barrier))
    return reached
  }
}
