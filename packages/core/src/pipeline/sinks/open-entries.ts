/**
 * The groups of a lane that have not settled, and whom to tell when one of their signals aborts: one listener per signal, as
 * signals outlive their groups. A list and not a `Set`: the tables a `Set` has outgrown keep each other and their members alive
 * until the next full collection, and members come and go here with every payload.
 */
import type { LaneEntry } from './lane-entry.ts'

export class OpenEntries {
  readonly #entries: LaneEntry[] = []
  readonly #watched = new WeakSet<AbortSignal>()
  readonly #onAbort: (entries: readonly LaneEntry[]) => void

  /** `onAbort` gets all groups of the signal at once, in order of arrival. */
  constructor(onAbort: (entries: readonly LaneEntry[]) => void) {
    this.#onAbort = onAbort
  }

  get size(): number {
    return this.#entries.length
  }

  has(entry: LaneEntry): boolean {
    return this.#entries[entry.openPlace] === entry
  }

  /** Once. */
  add(entry: LaneEntry): void {
    entry.openPlace = this.#entries.length
    this.#entries.push(entry)
    this.#watch(entry.group.origin.signal)
  }

  /** One that is there. */
  delete(entry: LaneEntry): void {
    const last = this.#entries.pop()
    if (last === undefined || last === entry) return
    this.#entries[entry.openPlace] = last
    last.openPlace = entry.openPlace
  }

  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return
    this.#watched.add(signal)
    signal.addEventListener('abort', () => this.#onAbort(this.#of(signal)), { once: true })
  }

  #of(signal: AbortSignal): readonly LaneEntry[] {
    return this.#entries.filter(({ group }) => group.origin.signal === signal).toSorted((one, other) => one.number - other.number)
  }
}
