/** Errors on the command line of `drakkar dlq …` show how the command is used (spec RPL-2). */
import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'

export function showUsageAfterError(command: Command, usage: string): Command {
  return command.showHelpAfterError(`usage: ${usage}\n(add --help for all options)`)
}

/** As commander reports its own findings: a `UsageError` of the work becomes one of the command line. */
export async function withUsage(command: Command, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    command.error(`error: ${error.message}`, { exitCode: 2 })
  }
}
