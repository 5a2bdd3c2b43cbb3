/**
 * The size a log refused lately. A dead letter of a huge message costs as much to write, send and have refused as to make
 * smaller; the next one of that size is made smaller at once.
 */
import type { Clock } from '@drakkar/plugin-sdk'

/** Somebody may raise the limit of the topic: after this time a large one is tried as a whole again. */
const memoryMs = 5 * 60_000

export class RefusedSize {
  readonly #clock: Clock
  #bytes = Infinity
  #untilMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A record of so many bytes was refused for its size. */
  note(bytes: number): void {
    this.#bytes = this.#isKnown ? Math.min(this.#bytes, bytes) : bytes
    this.#untilMs = this.#clock.monotonicMs() + memoryMs
  }

  /** True when one that was no larger has been refused lately. */
  covers(bytes: number): boolean {
    return this.#isKnown && bytes >= this.#bytes
  }

  get #isKnown(): boolean {
    return this.#clock.monotonicMs() < this.#untilMs
  }
}
