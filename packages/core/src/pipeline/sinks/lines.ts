/**
 * The order of an ordered lane: one line per ordering key, and whoever stands in it leaves only when its payloads of that
 * key are done with. Nobody is delivered before those ahead of it, whether they wait, are in flight or are to be tried again.
 */

/** Somebody's place in one line. */
export interface LinePlace<T> {
  readonly line: string
  /** Null when the place has been given up. */
  owner: T | null
  ahead: LinePlace<T> | null
  behind: LinePlace<T> | null
}

export class Lines<T> {
  readonly #last = new Map<string, LinePlace<T>>()

  /** At the end of the line. */
  join(line: string, owner: T): LinePlace<T> {
    const ahead = this.#last.get(line) ?? null
    const place: LinePlace<T> = { line, owner, ahead, behind: null }
    if (ahead !== null) ahead.behind = place
    this.#last.set(line, place)
    return place
  }

  /**
   * Once per place. The place forgets its neighbours and its owner: one that has become old garbage would otherwise keep all that
   * came after it from being collected young.
   */
  leave(place: LinePlace<T>): void {
    const { ahead, behind } = place
    if (ahead !== null) ahead.behind = behind
    if (behind !== null) behind.ahead = ahead
    else if (ahead !== null) this.#last.set(place.line, ahead)
    else this.#last.delete(place.line)
    place.owner = null
    place.ahead = null
    place.behind = null
  }
}

/** It may go when it is first in all of its lines, or goes together with whoever is ahead of it. */
export function isTurnOf<T>(places: readonly LinePlace<T>[], together: ReadonlySet<T>): boolean {
  for (const { ahead } of places) if (ahead !== null && (ahead.owner === null || !together.has(ahead.owner))) return false
  return true
}
