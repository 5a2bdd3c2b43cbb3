/** Lets a message through once per interval: with the brokers away kafkajs repeats itself several times a second. */
export class RepeatFilter {
  readonly #intervalMs: number
  readonly #now: () => number
  readonly #seen = new Map<string, { readonly sinceMs: number; repeats: number }>()

  constructor(intervalMs: number, now: () => number = Date.now) {
    this.#intervalMs = intervalMs
    this.#now = now
  }

  /** How often the message was held back since it last passed, or null: hold it back now. */
  pass(message: string): number | null {
    const nowMs = this.#now()
    const seen = this.#seen.get(message)
    if (seen !== undefined && nowMs - seen.sinceMs < this.#intervalMs) {
      seen.repeats += 1
      return null
    }
    if (this.#seen.size >= mostMessages) this.#seen.clear()
    this.#seen.set(message, { sinceMs: nowMs, repeats: 0 })
    return seen?.repeats ?? 0
  }
}

const mostMessages = 200
