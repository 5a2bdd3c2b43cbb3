/** Records that wait for a window: first in, first out, O(1) per record. */
import type { LogRecord } from '@drakkar/plugin-sdk/log'

export class RecordQueue {
  #records: LogRecord[] = []
  #head = 0

  get length(): number {
    return this.#records.length - this.#head
  }

  push(records: readonly LogRecord[]): void {
    for (const record of records) this.#records.push(record)
  }

  /** Up to `count` records, without waiting for more (spec WIN-1). */
  take(count: number): readonly LogRecord[] {
    const taken = this.#records.slice(this.#head, this.#head + count)
    this.#head += taken.length
    if (this.#head === this.#records.length) this.#reset()
    else if (this.#head > 4096 && this.#head * 2 > this.#records.length) this.#compact()
    return taken
  }

  clear(): { readonly count: number; readonly bytes: number } {
    const left = this.#records.slice(this.#head)
    this.#reset()
    return { count: left.length, bytes: bytesOf(left) }
  }

  #compact(): void {
    this.#records = this.#records.slice(this.#head)
    this.#head = 0
  }

  #reset(): void {
    this.#records = []
    this.#head = 0
  }
}

/** Bytes of keys and values. */
export function bytesOf(records: readonly LogRecord[]): number {
  let bytes = 0
  for (const record of records) bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0)
  return bytes
}
