/** Options that choose a log, the same for `produce` and `tail`. */
import { Option, type Command } from 'commander'
import type { Logger } from '@drakkar/plugin-sdk'
import type { LogOpenContext } from '@drakkar/plugin-sdk/log'
import { stderrLogger } from './command-context.ts'
import type { CommandIo } from './command-io.ts'
import type { LogChoice } from './services.ts'

export interface LogOptions {
  readonly config?: string
  readonly brokers?: string
  readonly embedded?: string
}

export function addLogOptions(command: Command): Command {
  return command
    .addOption(
      new Option('-c, --config <file>', 'take the log of this configuration (default: DRAKKAR_CONFIG, else ./drakkar.yaml)').conflicts([
        'brokers',
        'embedded',
      ]),
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

/**
 * The log's own warnings go to standard error, each once: a client repeats them with every attempt. Left out is the one that
 * tells whoever just named an embedded log that it is one.
 */
export function logContext(io: CommandIo, workerId: string): LogOpenContext {
  const logger = stderrLogger(io)
  const written = new Set(['embedded_log_in_use'])
  const warn: Logger['warn'] = (event, fields) => {
    const key = [event, fields?.['message']].filter((part) => typeof part === 'string').join(' ')
    if (written.has(key)) return
    written.add(key)
    logger.warn(event, fields)
  }
  return { workerId, logger: { ...logger, warn } }
}
