/** One run of the command, from arguments to exit code. */
import { CommanderError } from 'commander'
import { paint } from './colors.ts'
import type { CommandIo } from './command-io.ts'
import { exitCodes } from './exit-codes.ts'
import { OutputClosedError, type OutputStream } from './output-stream.ts'
import { createProgram } from './program.ts'
import { reportError } from './report-error.ts'
import type { CliServices } from './services.ts'

export interface RunCliOptions {
  /** Without `node` and the script. */
  readonly arguments: readonly string[]
  readonly io: CommandIo
  readonly services: CliServices
  readonly version: string
}

/** Resolves with the exit code when everything has been written. Never rejects, never ends the process. */
export async function runCli(options: RunCliOptions): Promise<number> {
  const { io, services, version } = options
  let exitCode: number = exitCodes.ok
  const finish = (code: number) => {
    exitCode = code
  }
  try {
    await createProgram({ io, services, version, finish }).parseAsync([...options.arguments], { from: 'user' })
  } catch (error) {
    exitCode = await exitCodeOf(error, io.stderr)
  }
  await Promise.all([io.stdout.flush(), io.stderr.flush()])
  return exitCode
}

async function exitCodeOf(error: unknown, stderr: OutputStream): Promise<number> {
  if (error instanceof OutputClosedError) return exitCodes.ok
  // Help, version and usage errors: commander has written the text.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.configuration
  const { lines, exitCode } = reportError(error)
  try {
    for (const line of lines) await stderr.writeLine(line.replace(/^error:/, paint('red', 'error:', stderr)))
  } catch (failure) {
    if (!(failure instanceof OutputClosedError)) throw failure
  }
  return exitCode
}
