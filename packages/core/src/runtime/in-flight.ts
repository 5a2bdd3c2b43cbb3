/** Counts asynchronous work that nobody awaits, so that a drain can wait for all of it. */
export class InFlight {
  readonly #onDefect: (error: unknown) => void
  #count = 0
  #waiters: (() => void)[] = []

  /** The work must not reject; `onDefect` hears of work that does. */
  constructor(onDefect: (error: unknown) => void) {
    this.#onDefect = onDefect
  }

  get count(): number {
    return this.#count
  }

  track(work: Promise<void>): void {
    this.#count += 1
    work.catch(this.#onDefect).finally(() => this.#end())
  }

  /** Resolves when nothing is running, what is started meanwhile included. */
  idle(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  #end(): void {
    this.#count -= 1
    if (this.#count > 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }
}
