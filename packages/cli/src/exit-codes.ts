/** What the exit code of every command means (design 13). */
export const exitCodes = {
  ok: 0,
  /** The configuration, the handler, the input or the command line is wrong. */
  configuration: 2,
  /** Something outside is missing: a broker, a topic, a program, a sink's target. */
  environment: 3,
  /** The worker failed while it ran, or there is a defect. */
  runtime: 4,
  /** The worker stopped before everything in flight was settled; it will be processed again. */
  drainIncomplete: 5,
  interrupted: 130,
  terminated: 143,
} as const

/** Exit code after a stop signal ended a command. */
export function exitCodeOfSignal(reason: unknown): number {
  return reason === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted
}
