/**
 * The groups of a lane that have not settled, and whom to tell when one of their signals aborts: one listener per signal, as
 * signals outlive their groups. Members come and go with every payload, and the tables that a `Set` or a list has outgrown would
 * keep what they held alive until the next full collection. So this is a list that never shrinks.
 */
import type { LaneEntry } from './lane-entry.ts'

export class OpenEntries {
  /** Nobody behind `#size`. */
  readonly #entries: (LaneEntry | null)[] = []
  #size = 0
  readonly #watched = new WeakSet<AbortSignal>()
  readonly #onAbort: (entries: readonly LaneEntry[]) => void

  /** `onAbort` gets all groups of the signal at once, in order of arrival. */
  constructor(onAbort: (entries: readonly LaneEntry[]) => void) {
    this.#onAbort = onAbort
  }

  get size(): number {
    return this.#size
  }

  has(entry: LaneEntry): boolean {
    return this.#entries[entry.openPlace] === entry
  }

  /** Once. */
  add(entry: LaneEntry): void {
    entry.openPlace = this.#size
    this.#entries[this.#size] = entry
    this.#size += 1
    this.#watch(entry.group.origin.signal)
  }

  /** One that is there. */
  delete(entry: LaneEntry): void {
    this.#size -= 1
    const last = this.#entries[this.#size] ?? entry
    this.#entries[entry.openPlace] = last
    last.openPlace = entry.openPlace
    this.#entries[this.#size] = null
    entry.openPlace = -1
  }

  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return
    this.#watched.add(signal)
    signal.addEventListener('abort', () => this.#onAbort(this.#of(signal)), { once: true })
  }

  #of(signal: AbortSignal): readonly LaneEntry[] {
    return this.#entries
      .filter((entry) => entry !== null)
      .filter(({ group }) => group.origin.signal === signal)
      .toSorted((one, other) => one.number - other.number)
  }
}
