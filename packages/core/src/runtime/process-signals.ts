/** SIGINT and SIGTERM: the first asks for a graceful stop, the second forces it (spec APP-5). */

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** Exit code of a forced stop, as a shell reports a process ended by the signal. */
export const forcedExitCodes: Readonly<Record<StopSignal, 130 | 143>> = { SIGINT: 130, SIGTERM: 143 }

export interface SignalListeners {
  readonly onStop: (signal: StopSignal) => void
  readonly onForce: (signal: StopSignal) => void
}

/** Installs the handlers; returns the function that removes them. */
export function listenForSignals(listeners: SignalListeners): () => void {
  let stopping = false
  const onSignal = (signal: StopSignal): void => {
    if (stopping) listeners.onForce(signal)
    else listeners.onStop(signal)
    stopping = true
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
