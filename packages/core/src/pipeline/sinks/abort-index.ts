/** Who has to be told when a signal aborts: one listener per signal, however many wait on it. Signals outlive their owners. */
export class AbortIndex<T> {
  readonly #bySignal = new WeakMap<AbortSignal, Set<T>>()
  readonly #onAbort: (owners: readonly T[]) => void

  /** `onAbort` gets all owners of the signal at once. */
  constructor(onAbort: (owners: readonly T[]) => void) {
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
    signal.addEventListener('abort', () => this.#onAbort([...owners]), { once: true })
  }

  delete(signal: AbortSignal, owner: T): void {
    this.#bySignal.get(signal)?.delete(owner)
  }
}
