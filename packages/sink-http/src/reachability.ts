/**
 * Whether the rest of a batch is worth trying. With a receiver that is silent, each request would take the whole time limit, and
 * a large batch hours.
 */
import type { SinkError } from '@drakkar/plugin-sdk'

export class Reachability {
  readonly #limit: number
  #withoutAnswer = 0
  #lastError: SinkError | null = null

  /** `limit`: so many requests in a row without an answer mean that the receiver cannot be reached. */
  constructor(limit: number) {
    this.#limit = limit
  }

  answered(): void {
    this.#withoutAnswer = 0
    this.#lastError = null
  }

  unanswered(error: SinkError): void {
    this.#withoutAnswer += 1
    this.#lastError = error
  }

  /** The error of the last request when the receiver counts as unreachable, else null. */
  get problem(): SinkError | null {
    return this.#withoutAnswer >= this.#limit ? this.#lastError : null
  }
}

/** One for each server a batch goes to. */
export function reachabilityByOrigin(limit: number): (origin: string) => Reachability {
  const byOrigin = new Map<string, Reachability>()
  return (origin) => {
    const known = byOrigin.get(origin)
    if (known !== undefined) return known
    const fresh = new Reachability(limit)
    byOrigin.set(origin, fresh)
    return fresh
  }
}
