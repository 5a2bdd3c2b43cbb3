/** At most so many at once, first come first served. */
export class Permits {
  #free: number
  /** With pieces that have not begun, in the order they came. */
  readonly #waiting = new Set<Job>()

  constructor(count: number) {
    this.#free = count
  }

  /**
   * Runs `work` for each item when it is its turn, in order, or as soon as `signal` aborts, then without a permit: `work` has to
   * look at the signal. Resolves when all have ended; rejects then with the first failure, if there was one.
   */
  runAll<T>(items: Iterable<T>, work: (item: T) => Promise<void>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const job = new Job(
        Array.from(items, (item) => () => work(item)),
        (failure) => {
          signal.removeEventListener('abort', startRest)
          if (failure === null) resolve()
          else reject(failure.error)
        },
      )
      const startRest = (): void => {
        this.#waiting.delete(job)
        while (job.hasNext) job.startNext(() => undefined)
      }
      if (!job.hasNext) return resolve()
      signal.addEventListener('abort', startRest, { once: true })
      this.#waiting.add(job)
      if (signal.aborted) startRest()
      else this.#startWaiting()
    })
  }

  #startWaiting(): void {
    for (const job of this.#waiting) {
      while (this.#free > 0 && job.hasNext) {
        this.#free -= 1
        job.startNext(this.#give)
      }
      if (job.hasNext) return
      this.#waiting.delete(job)
    }
  }

  readonly #give = (): void => {
    this.#free += 1
    this.#startWaiting()
  }
}

interface Failure {
  readonly error: unknown
}

class Job {
  readonly #pieces: readonly (() => Promise<void>)[]
  readonly #onEnd: (failure: Failure | null) => void
  #begun = 0
  #ended = 0
  #failure: Failure | null = null

  constructor(pieces: readonly (() => Promise<void>)[], onEnd: (failure: Failure | null) => void) {
    this.#pieces = pieces
    this.#onEnd = onEnd
  }

  get hasNext(): boolean {
    return this.#begun < this.#pieces.length
  }

  startNext(whenEnded: () => void): void {
    const piece = this.#pieces[this.#begun]
    if (piece === undefined) return
    this.#begun += 1
    const end = (): void => {
      whenEnded()
      this.#ended += 1
      if (this.#ended === this.#pieces.length) this.#onEnd(this.#failure)
    }
    piece().then(end, (error: unknown) => {
      this.#failure ??= { error }
      end()
    })
  }
}
