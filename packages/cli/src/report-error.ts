/** Whatever a command threw → lines for people and an exit code. Pure. */
import { ConfigError, DrakkarError, errorCodes, errorMessage, redactText, type ConfigProblem, type ErrorFamily } from '@drakkar/plugin-sdk'
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
    const lines = [...error.problems.map(problemLine), count === 1 ? '1 problem' : `${count} problems`]
    return { lines, exitCode: exitCodes.configuration }
  }
  if (DrakkarError.isInstance(error)) {
    const { family, fix } = errorCodes[error.code]
    const lines = [`error: ${redactText(error.message)} (${error.code})`, ...causeLines(error), `  ${fix}`]
    return { lines, exitCode: exitCodeByFamily[family] }
  }
  const text = error instanceof Error && error.stack !== undefined ? error.stack : errorMessage(error)
  return { lines: [`error: ${redactText(text)}`], exitCode: exitCodes.runtime }
}

/** `file:line:column: path: message`, with what is known of it. */
export function problemLine(problem: ConfigProblem): string {
  const place = [problem.origin, problem.line, problem.column].filter((part) => part !== undefined).join(':')
  return [place, problem.path, redactText(problem.message)].filter((part) => part !== '').join(': ')
}

function causeLines(error: DrakkarError): readonly string[] {
  if (error.cause === undefined) return []
  const text = redactText(errorMessage(error.cause))
  return error.message.includes(text) ? [] : [`  caused by: ${text}`]
}
