/** One timer for whatever a lane waits for: the earliest wish counts. */
import type { Clock } from '@drakkar/plugin-sdk'

export class WakeTimer {
  readonly #clock: Clock
  readonly #onWake: () => void
  #atMs: number | null = null
  #stop = new AbortController()

  constructor(clock: Clock, onWake: () => void) {
    this.#clock = clock
    this.#onWake = onWake
  }

  wakeIn(delayMs: number): void {
    const atMs = this.#clock.monotonicMs() + delayMs
    if (this.#atMs !== null && this.#atMs <= atMs) return
    this.stop()
    this.#atMs = atMs
    void this.#sleep(delayMs, this.#stop)
  }

  /** Nothing wakes any more, until the next wish. */
  stop(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#atMs = null
  }

  async #sleep(delayMs: number, stop: AbortController): Promise<void> {
    await this.#clock.sleep(delayMs, stop.signal)
    if (stop.signal.aborted) return
    this.#atMs = null
    this.#onWake()
  }
}
