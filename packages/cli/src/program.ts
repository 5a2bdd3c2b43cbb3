/** The `drakkar` command with its subcommands. */
import { Command } from 'commander'
import type { CommandContext } from './command-context.ts'
import { checkCommand } from './commands/check.ts'
import { dlqCommand } from './dlq/dlq-command.ts'
import { produceCommand } from './commands/produce.ts'
import { runCommand } from './commands/run.ts'
import { schemaCommand } from './commands/schema.ts'
import { sinksCommand } from './commands/sinks.ts'
import { tailCommand } from './commands/tail.ts'
import { typesCommand } from './commands/types.ts'

const commands = [runCommand, checkCommand, sinksCommand, typesCommand, schemaCommand, produceCommand, tailCommand, dlqCommand]

const exitCodeHelp = `
Exit codes: 0 ok, 2 configuration or usage, 3 environment (a broker, topic, program or target is missing), 4 runtime failure,
5 stopped with work in flight, 130/143 forced to end by a second SIGINT/SIGTERM. A graceful stop is 0.`

export function createProgram(context: CommandContext): Command {
  const program = new Command('drakkar')
    .description('Take messages from Kafka, run external programs on them, deliver the results, commit what is settled.')
    .addHelpText('after', exitCodeHelp)
  for (const create of commands) program.addCommand(create(context))
  prepare(program, context)
  return program
}

/** With its subcommands. Nothing in commander may end the process or write past the given streams. */
function prepare(command: Command, context: CommandContext): void {
  const { io, version } = context
  command
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text).catch(() => undefined),
      writeErr: (text) => void io.stderr.write(text).catch(() => undefined),
    })
  for (const subcommand of command.commands) prepare(subcommand, context)
  if (command.commands.length > 0) command.helpCommand('help [command]', 'show the help of a command')
}
