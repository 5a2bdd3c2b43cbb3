/** How many of the waiting payloads the next batch takes: pure (spec BSP-3…8). */

export interface WaitingPayload {
  readonly id: string
  readonly bytes: number
  /** Monotonic milliseconds; -Infinity: it waits no longer, as a flush asked for it. */
  readonly sinceMs: number
}

export interface BatchLimits {
  /** At least 1. */
  readonly maxItems: number
  /** A larger payload goes alone. Infinity: no limit. */
  readonly maxBytes: number
  /** Longest time the oldest payload waits for others. 0: it does not wait. */
  readonly maxWaitMs: number
}

/** 0: wait. `waiting` is in the order of arrival; one payload id is never twice in a batch. */
export function nextBatchSize(waiting: readonly WaitingPayload[], limits: BatchLimits, nowMs: number): number {
  const [oldest] = waiting
  if (oldest === undefined) return 0
  const size = fittingCount(waiting, limits)
  const isFull = size < waiting.length || size >= limits.maxItems
  return isFull || nowMs - oldest.sinceMs >= limits.maxWaitMs ? size : 0
}

function fittingCount(waiting: readonly WaitingPayload[], { maxItems, maxBytes }: BatchLimits): number {
  const ids = new Set<string>()
  let bytes = 0
  for (const payload of waiting) {
    bytes += payload.bytes
    if (ids.size >= maxItems || ids.has(payload.id) || (ids.size > 0 && bytes > maxBytes)) break
    ids.add(payload.id)
  }
  return ids.size
}
