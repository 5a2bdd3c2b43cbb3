/** Where a replay publishes to: a topic, or the configured sinks. */
import type { ReadableEntry } from './dead-letter-entry.ts'

export interface PublishCall {
  /** Resolves when the next message may go (`--rate`). Never rejects. */
  pace(): Promise<void>
  /** So many more messages have been acknowledged. */
  published(count: number): void
}

export type PreparedEntry =
  | {
      readonly ok: true
      /** Messages it becomes. */
      readonly count: number
      /**
       * Publishes them in order and waits until all are acknowledged. Rejects at the first that is not; those before it have
       * arrived. May be called again: everything is published again.
       */
      publish(call: PublishCall): Promise<void>
    }
  /** It cannot be replayed in this mode, however often it is tried. */
  | { readonly ok: false; readonly reason: string }

export interface ReplayTarget {
  /** Publishes nothing and connects to nothing. */
  prepare(entry: ReadableEntry): Promise<PreparedEntry> | PreparedEntry
  /** Any number of times. */
  close(): Promise<void>
}
