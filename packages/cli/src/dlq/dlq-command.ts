/** `drakkar dlq`: what was dead-lettered, and how to bring it back (spec section 17). */
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { lsCommand } from './ls.ts'
import { replayCommand } from './replay.ts'
import { showCommand } from './show.ts'

const examples = `
Topic and brokers are those the worker uses: dlq.topic (else <source_topic>_dlq) and dlq.brokers (else the log of the source).
Of the configuration only kafka, embedded and dlq have to be right. Nothing is ever deleted from the topic.

Examples:
  $ drakkar dlq ls
  $ drakkar dlq show 0:17
  $ drakkar dlq replay --target-topic input-events --mode source --dry-run --since 2h`

export function dlqCommand(context: CommandContext): Command {
  return new Command('dlq')
    .description('List, show and replay dead letters')
    .addCommand(lsCommand(context))
    .addCommand(showCommand(context))
    .addCommand(replayCommand(context))
    .addHelpText('after', examples)
}
