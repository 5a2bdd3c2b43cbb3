/**
 * Start-up alignment (spec SRC-18…20): workers that start together join the group at the same second, so that they share
 * one rebalance.
 */
import type { Clock, Logger } from '@drakkar/plugin-sdk'

export interface Alignment {
  readonly minWaitMs: number
  readonly intervalMs: number
}

/** The first wall-clock time, at least `minWaitMs` away, that is a multiple of the interval. Unix milliseconds. */
export function alignedStartMs(nowMs: number, { minWaitMs, intervalMs }: Alignment): number {
  return Math.ceil((nowMs + minWaitMs) / intervalMs) * intervalMs
}

export interface WaitOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Ends the wait. */
  readonly signal: AbortSignal
}

/** Waits until the aligned time. Rejects with the signal's reason when it aborts first. */
export async function waitForAlignedStart(alignment: Alignment, { clock, logger, signal }: WaitOptions): Promise<void> {
  const startMs = clock.monotonicMs()
  const targetMs = alignedStartMs(clock.now(), alignment)
  logger.info('startup_align_waiting', {
    min_wait_seconds: alignment.minWaitMs / 1000,
    interval_seconds: alignment.intervalMs / 1000,
    target_epoch: targetMs / 1000,
    target_iso: new Date(targetMs).toISOString(),
  })
  await clock.sleep(targetMs - clock.now(), signal)
  signal.throwIfAborted()
  logger.info('startup_align_done', { slept_seconds: Math.round(clock.monotonicMs() - startMs) / 1000 })
}
