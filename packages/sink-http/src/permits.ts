/** At most so many at once, first come first served. */
export class Permits {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Runs `work` when it is its turn, or as soon as `signal` aborts, then without a permit: `work` has to look at the signal. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const isTaken = await this.#take(signal)
    try {
      return await work()
    } finally {
      if (isTaken) this.#give()
    }
  }

  #take(signal: AbortSignal): Promise<boolean> | boolean {
    if (signal.aborted) return false
    if (this.#free > 0) {
      this.#free -= 1
      return true
    }
    return new Promise((resolve) => {
      const end = (isTaken: boolean): void => {
        this.#waiting.delete(take)
        signal.removeEventListener('abort', abort)
        resolve(isTaken)
      }
      const take = (): void => end(true)
      const abort = (): void => end(false)
      this.#waiting.add(take)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  #give(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#free += 1
    else next()
  }
}
