/**
 * What a `BackgroundSink` writes to (spec DRN-1…5). A drain is owned by one actor: its methods are never called
 * concurrently, and never from a producer's call. They must not block the event loop with synchronous I/O.
 */
export interface SinkDrain<T> {
  /** Writes a batch in order. A rejection loses the batch: it is remembered and reported by the next flush. */
  writeBatch(batch: readonly T[]): Promise<void>
  /** Resolves when everything written so far is durable. Absent: `writeBatch` resolves only when it is. */
  flushDurable?(): Promise<void>
  /** Called once, last, after everything queued was written. Absent: nothing to release. */
  close?(): Promise<void>
}

/** A drain that is one function. */
export function drainFromFunction<T>(write: (batch: readonly T[]) => Promise<void> | void): SinkDrain<T> {
  return {
    async writeBatch(batch) {
      await write(batch)
    },
  }
}
