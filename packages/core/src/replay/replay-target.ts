/** Where a replay publishes to: a topic, or the configured sinks. */
import type { ReadableEntry } from './dead-letter-entry.ts'

export interface PublishCall {
  /** Resolves when the next message may go (`--rate`). Rejects with `InterruptedError` when the run ends before the entry has begun. */
  pace(): Promise<void>
  /** So many more messages have been acknowledged. */
  published(count: number): void
  /** Ends waits for another try; what is under way goes on. */
  readonly signal: AbortSignal
}

/** Ctrl+C came while an entry waited: it is not done, and that is no failure. */
export class InterruptedError extends Error {}

export type PreparedEntry =
  | {
      readonly ok: true
      /** Messages it becomes. */
      readonly count: number
      /** Messages left out because this run has published them with another entry (mode `source`). */
      readonly duplicates: number
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
