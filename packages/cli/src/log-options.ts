/** Options that choose a log, the same for `produce` and `tail`. */
import { Option, type Command } from 'commander'
import type { LogChoice } from './services.ts'

export interface LogOptions {
  readonly config?: string
  readonly brokers?: string
  readonly embedded?: string
}

export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-c, --config <file>', 'take the log of this configuration (default: DRAKKAR_CONFIG)').conflicts(['brokers', 'embedded']),
    )
    .addOption(
      new Option('-b, --brokers <list>', 'Kafka at these brokers: host:port, separated by commas').conflicts(['config', 'embedded']),
    )
    .addOption(new Option('-e, --embedded <path>', 'embedded log in this file').conflicts(['config', 'brokers']))
}

export function logChoice(options: LogOptions): LogChoice {
  if (options.brokers !== undefined) return { from: 'brokers', brokers: options.brokers }
  if (options.embedded !== undefined) return { from: 'embedded', path: options.embedded }
  return { from: 'config', path: options.config }
}
