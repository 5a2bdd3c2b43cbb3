/** SIGINT and SIGTERM: the first asks for a graceful stop, the second forces it (spec APP-5). */

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Exit code of a forced stop, as a shell reports a process ended by the signal. */
export const forcedExitCodes: Readonly<Record<StopSignal, 130 | 143>> = { SIGINT: 130, SIGTERM: 143 }

export interface SignalListeners {
  readonly onStop: (signal: StopSignal) => void
  readonly onForce: (signal: StopSignal) => void
}

/**
 * A repetition within this time is the same wish told twice: wrappers forward to the child a signal that its process group
 * got already.
 */
export const repetitionMs = 500

/** Installs the handlers; returns the function that removes them. */
export function listenForSignals(listeners: SignalListeners, monotonicMs: () => number = () => performance.now()): () => void {
  let stoppingSinceMs: number | null = null
  const onSignal = (signal: StopSignal): void => {
    if (stoppingSinceMs === null) {
      stoppingSinceMs = monotonicMs()
      listeners.onStop(signal)
    } else if (monotonicMs() - stoppingSinceMs >= repetitionMs) {
      listeners.onForce(signal)
    }
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
