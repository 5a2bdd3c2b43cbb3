import { redactText, type Logger } from '@drakkar/plugin-sdk'
import { paint } from './colors.ts'
import type { CommandIo } from './command-io.ts'
import type { CliServices } from './services.ts'

/** Given to every command. */
export interface CommandContext {
  readonly io: CommandIo
  readonly services: CliServices
  readonly version: string
  /** Exit code of a command that ended by itself; commands that fail throw. */
  finish(exitCode: number): void
}

/** Warnings and errors of the runtime as plain lines for people; what is below a warning is left out. */
export function stderrLogger(io: CommandIo): Logger {
  const line =
    (level: string, style: 'yellow' | 'red') =>
    (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const details = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      const text = redactText([event, ...details].join(' '))
      // A reader that is gone ends the command at its next result.
      io.stderr.writeLine(`${paint(style, level, io.stderr)} ${text}`).catch(() => undefined)
    }
  return { debug: () => {}, info: () => {}, warn: line('warning:', 'yellow'), error: line('error:', 'red') }
}
