/** Records of one partition that were fetched and may not be handed over yet, and where the next fetch goes on. */
import type { LogRecord } from '@drakkar/plugin-sdk/log'

export class HeldRecords {
  #records: readonly LogRecord[] = []
  #head = 0
  /** Offset behind everything fetched, records and markers. */
  #end: number

  constructor(end: number) {
    this.#end = end
  }

  get isEmpty(): boolean {
    return this.#head === this.#records.length
  }

  get end(): number {
    return this.#end
  }

  add(records: readonly LogRecord[], end: number): void {
    this.#records = this.isEmpty ? records : [...this.#records.slice(this.#head), ...records]
    this.#head = 0
    this.#end = Math.max(this.#end, end)
  }

  /** The next `count` records at most. */
  take(count: number): readonly LogRecord[] {
    const taken = this.#records.slice(this.#head, this.#head + count)
    this.#head += taken.length
    return taken
  }
}
