/** Who has to be told when a signal aborts: one listener per signal, however many wait on it. Signals outlive their owners. */
export class AbortIndex<T> {
  readonly #bySignal = new WeakMap<AbortSignal, Set<T>>()
  readonly #onAbort: (owner: T) => void

  constructor(onAbort: (owner: T) => void) {
    this.#onAbort = onAbort
  }

  add(signal: AbortSignal, owner: T): void {
    const known = this.#bySignal.get(signal)
    if (known !== undefined) {
      known.add(owner)
      return
    }
    const owners = new Set([owner])
    this.#bySignal.set(signal, owners)
    const tellAll = (): void => {
      for (const one of owners) this.#onAbort(one)
    }
    signal.addEventListener('abort', tellAll, { once: true })
  }

  delete(signal: AbortSignal, owner: T): void {
    this.#bySignal.get(signal)?.delete(owner)
  }
}
