/** Errors of a background sink between two successful flushes: bounded, and each reported by one flush (spec DRN-12). */
const mostRemembered = 100

export class WriteFailures {
  #unreported: unknown[] = []
  #sinceSuccess: unknown[] = []

  /** Errors since the last successful flush, oldest first, at most 100. */
  get all(): readonly unknown[] {
    return this.#sinceSuccess
  }

  /** Errors that no flush has reported yet. */
  get unreported(): readonly unknown[] {
    return this.#unreported
  }

  add(error: unknown): void {
    if (this.#unreported.length < mostRemembered) this.#unreported.push(error)
    if (this.#sinceSuccess.length < mostRemembered) this.#sinceSuccess.push(error)
  }

  /** A flush told its caller. */
  reported(): void {
    this.#unreported = []
  }

  /** A flush succeeded. */
  clear(): void {
    this.#unreported = []
    this.#sinceSuccess = []
  }
}
