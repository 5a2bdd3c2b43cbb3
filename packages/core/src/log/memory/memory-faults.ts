/** Failures scripted by a test: single ones, each used once in the order given, and outages. Shared by all handles onto a log. */
export class MemoryFaults {
  readonly #commits: Error[] = []
  readonly #sends: Error[] = []
  readonly #recoveryListeners = new Set<() => void>()
  #outage: Error | null = null
  #hits = 0
  #isKeepingBack = false

  /** How often an outage has refused a call or kept records back. */
  get outageHits(): number {
    return this.#hits
  }

  addCommit(error: Error): void {
    this.#commits.push(error)
  }

  addSend(error: Error): void {
    this.#sends.push(error)
  }

  takeCommit(): Error | undefined {
    return this.#takeOutage() ?? this.#commits.shift()
  }

  takeSend(): Error | undefined {
    return this.#takeOutage() ?? this.#sends.shift()
  }

  /** True: records that could be handed over have to wait for the end of the outage. */
  keepsBack(): boolean {
    this.#isKeepingBack = this.#takeOutage() !== undefined
    return this.#isKeepingBack
  }

  /** One within another is felt at once when the other keeps something back. */
  beginOutage(error: Error): void {
    if (this.#isKeepingBack) this.#hits += 1
    this.#outage = error
  }

  endOutage(): void {
    if (this.#outage === null) return
    this.#outage = null
    this.#isKeepingBack = false
    for (const listener of [...this.#recoveryListeners]) listener()
  }

  /** Calls `listener` after each outage until the returned function is called. */
  onRecovery(listener: () => void): () => void {
    this.#recoveryListeners.add(listener)
    return () => void this.#recoveryListeners.delete(listener)
  }

  #takeOutage(): Error | undefined {
    if (this.#outage === null) return undefined
    this.#hits += 1
    return this.#outage
  }
}
