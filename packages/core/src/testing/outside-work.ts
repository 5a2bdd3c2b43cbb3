/**
 * Work of the user's own code that may take real time: hooks, answers of sinks, programs. While it runs, virtual time stands
 * still, for a while: code that never returns must not stop it for ever.
 */

interface Work {
  readonly what: string
  /** Real milliseconds at which waiting for it ends. */
  readonly patientUntilMs: number
}

/** Taken before a test replaces them by fake ones. */
const { setImmediate: afterTurn, setTimeout: afterTime, performance: realTime } = globalThis

/** Turns of the event loop before the wait sleeps between them. */
const quickTurns = 20

export class OutsideWork {
  readonly #patienceMs: number
  readonly #open = new Set<Work>()

  /** `patienceMs`: real time. */
  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
  }

  /** What has begun and not ended, oldest first. */
  get open(): readonly string[] {
    return [...this.#open].map(({ what }) => what)
  }

  /** Returns the work. `endless`: for work that ends by itself. `none`: for work that waits for virtual time. */
  track<T>(what: string, work: Promise<T>, patience: 'usual' | 'endless' | 'none' = 'usual'): Promise<T> {
    const patienceMs = { usual: this.#patienceMs, endless: Infinity, none: 0 }[patience]
    const entry = { what, patientUntilMs: realTime.now() + patienceMs }
    this.#open.add(entry)
    const end = (): void => void this.#open.delete(entry)
    work.then(end, end)
    return work
  }

  /** Nothing of it counts any more. */
  clear(): void {
    this.#open.clear()
  }

  /** Resolves when everything that is ready to run has run, and nothing is worth waiting for in real time. */
  async quiet(): Promise<void> {
    await turn()
    for (let turns = 0; this.#isWorthWaiting(); turns += 1) await (turns < quickTurns ? turn() : pause())
  }

  /** Resolves true when the condition holds, false when there is no patience left. */
  async until(condition: () => boolean): Promise<boolean> {
    const endMs = realTime.now() + this.#patienceMs
    while (!condition() && realTime.now() < endMs) await pause()
    return condition()
  }

  #isWorthWaiting(): boolean {
    if (this.#open.size === 0) return false
    const nowMs = realTime.now()
    return [...this.#open].some(({ patientUntilMs }) => nowMs < patientUntilMs)
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    afterTurn(resolve)
  })
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    afterTime(resolve, 1)
  })
}
