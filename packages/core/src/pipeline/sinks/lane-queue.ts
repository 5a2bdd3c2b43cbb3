/** The groups of a lane that wait for a batch, in order of arrival, and how much that is. */
import type { LaneEntry } from './lane-entry.ts'

export class LaneQueue {
  readonly #entries: LaneEntry[] = []
  #payloads = 0
  #bytes = 0
  readonly #admitted = new Set<LaneEntry>()

  get entries(): readonly LaneEntry[] {
    return this.#entries
  }

  get payloads(): number {
    return this.#payloads
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Groups the breaker has admitted already: they were delivered before and come again. */
  get admitted(): number {
    return this.#admitted.size
  }

  /** Behind everybody who came earlier. */
  add(entry: LaneEntry): void {
    const last = this.#entries.at(-1)
    if (last === undefined || last.number < entry.number) this.#entries.push(entry)
    else this.#entries.splice(this.#placeOf(entry.number), 0, entry)
    this.#count(entry, 1)
  }

  /** False when it was not there. */
  remove(entry: LaneEntry): boolean {
    const index = this.#placeOf(entry.number)
    if (this.#entries[index] !== entry) return false
    this.#entries.splice(index, 1)
    this.#count(entry, -1)
    return true
  }

  /** Takes out what a batch was cut from: mostly the first ones. */
  take(taken: readonly LaneEntry[]): void {
    if (!taken.every((entry, index) => this.#entries[index] === entry)) {
      for (const entry of taken) this.remove(entry)
      return
    }
    this.#entries.splice(0, taken.length)
    for (const entry of taken) this.#count(entry, -1)
  }

  #count(entry: LaneEntry, sign: 1 | -1): void {
    // It may be admitted while it waits here: what counts is what it was when it came.
    if (sign === -1) this.#admitted.delete(entry)
    else if (entry.sequence !== null) this.#admitted.add(entry)
    for (const payload of entry.group.payloads) {
      if (payload.stage !== 'waiting') continue
      this.#payloads += sign
      this.#bytes += sign * payload.bytes
    }
  }

  /** Index of the first entry with this number or a later one. */
  #placeOf(number: number): number {
    let [low, high] = [0, this.#entries.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.number ?? Infinity) < number) low = middle + 1
      else high = middle
    }
    return low
  }
}
