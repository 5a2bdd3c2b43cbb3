/** Whatever a command threw → lines for people and an exit code. Pure. */
import { formatProblem } from '@drakkar/core'
import { ConfigError, DrakkarError, errorCodes, errorMessage, redactText, type ErrorFamily } from '@drakkar/plugin-sdk'
import { exitCodes } from './exit-codes.ts'
import { UsageError } from './usage-error.ts'

export interface ErrorReport {
  readonly lines: readonly string[]
  readonly exitCode: number
}

const exitCodeByFamily: Readonly<Record<ErrorFamily, number>> = {
  config: exitCodes.configuration,
  plugin: exitCodes.configuration,
  sink: exitCodes.environment,
  executor: exitCodes.environment,
  log: exitCodes.environment,
  internal: exitCodes.runtime,
}

/** Secrets in messages are redacted. Only defects show a stack. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof UsageError) return { lines: [`error: ${redactText(error.message)}`], exitCode: exitCodes.configuration }
  if (ConfigError.isInstance(error) && error.problems.length > 0) {
    const count = error.problems.length
    const lines = [...error.problems.map((problem) => redactText(formatProblem(problem))), count === 1 ? '1 problem' : `${count} problems`]
    return { lines, exitCode: exitCodes.configuration }
  }
  if (DrakkarError.isInstance(error)) {
    const { family, fix } = errorCodes[error.code]
    const remedy = fix.startsWith('See the') ? [] : [`  ${fix}`]
    const lines = [`error: ${redactText(error.message)} (${error.code})`, ...causeLines(error), ...remedy]
    return { lines, exitCode: exitCodeByFamily[family] }
  }
  const text = error instanceof Error && error.stack !== undefined ? error.stack : errorMessage(error)
  return { lines: [`error: ${redactText(text)}`], exitCode: exitCodes.runtime }
}

/** Frames of the stack that lie in the user's code show where a handler failed; other causes are ours or a client's. */
function causeLines(error: DrakkarError): readonly string[] {
  const { cause } = error
  if (cause === undefined) return []
  if (error.code === 'DRK_HANDLER_LOAD_FAILED' && cause instanceof Error) return userFrames(cause)
  const text = redactText(errorMessage(cause))
  return error.message.includes(text) ? [] : [`  caused by: ${text}`]
}

function userFrames(error: Error): readonly string[] {
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '))
  return frames.filter((line) => !line.includes('node:') && !line.includes('/node_modules/')).map((line) => redactText(line))
}
