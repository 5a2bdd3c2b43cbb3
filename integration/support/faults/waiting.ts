/** Waiting for something to become true, with a deadline that only ends a hang. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  readonly what: string
  readonly withinMs: number
  /** Why waiting has no sense any more; empty while it has. */
  readonly gaveUp?: () => string
  /** Added to the error. */
  readonly details?: () => string
}

/** Rejects when it has not become true in time. */
export async function until(isTrue: () => boolean | Promise<boolean>, options: WaitOptions): Promise<void> {
  if (!(await becomes(isTrue, options))) throw new Error(`${options.what}: not within ${options.withinMs} ms. ${options.details?.() ?? ''}`)
}

/** False when it has not become true in time. */
export async function becomes(isTrue: () => boolean | Promise<boolean>, options: WaitOptions): Promise<boolean> {
  const deadline = performance.now() + options.withinMs
  while (!(await isTrue())) {
    const reason = options.gaveUp?.() ?? ''
    if (reason !== '') throw new Error(`${options.what}: ${reason}`)
    if (performance.now() > deadline) return false
    await sleep(20)
  }
  return true
}
