/** What the actor of a `BackgroundSink` does next: a pure decision. */

export interface DrainState {
  /** Messages that may be written before the first barrier in the queue; all queued ones when there is no barrier. */
  readonly writable: number
  readonly batchSize: number
  readonly barriers: number
  /** The flush interval of the oldest queued message has passed. */
  readonly isDue: boolean
  readonly isClosing: boolean
}

export type DrainStep =
  | { readonly kind: 'write'; readonly count: number }
  | { readonly kind: 'settle_barriers' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'stop' }

/** A batch forms at its size, or early when its time has come, a barrier waits behind it, or the sink is closing. */
export function nextDrainStep({ writable, batchSize, barriers, isDue, isClosing }: DrainState): DrainStep {
  if (writable >= batchSize) return { kind: 'write', count: batchSize }
  if (writable > 0 && (isDue || barriers > 0 || isClosing)) return { kind: 'write', count: writable }
  if (writable === 0 && barriers > 0) return { kind: 'settle_barriers' }
  return { kind: isClosing ? 'stop' : 'wait' }
}
