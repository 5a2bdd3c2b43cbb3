/** For commands that only read dead letters: opens them, lets Ctrl+C end the work, and closes the log whatever happens. */
import type { CommandContext } from '../command-context.ts'
import { exitCodeOfSignal } from '../exit-codes.ts'
import { closeLog } from '../interruptible.ts'
import { logContext } from '../log-options.ts'
import type { DeadLetterLogs } from '../services.ts'
import { configOf, type ConfigOptions } from './selection-options.ts'

/** Resolves with the exit code of `work`, or that of the signal when an interruption ended it. */
export async function withLetters(
  options: ConfigOptions,
  { io, services }: CommandContext,
  work: (letters: DeadLetterLogs, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  using signals = io.catchSignals()
  const letters = await services.openDeadLetters(configOf(options), logContext(io, 'drakkar-dlq'))
  try {
    return await work(letters, signals.signal)
  } catch (error) {
    if (!signals.signal.aborted) throw error
    return exitCodeOfSignal(signals.signal.reason)
  } finally {
    await closeLog(letters.log, signals.signal)
  }
}
