/** `drakkar dlq show`: one dead letter, readable or as it is stored. */
import { asReadable, type DeadLetterEntry } from '@drakkar/core'
import { Argument, Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodeOfSignal, exitCodes } from '../exit-codes.ts'
import { orAborted } from '../interruptible.ts'
import type { DeadLetterLogs } from '../services.ts'
import { UsageError } from '../usage-error.ts'
import { deadLetterLines } from './dead-letter-lines.ts'
import { lettersIn, offsetsOf } from './read-letters.ts'
import { addConfigOptions, entryArgument, type ConfigOptions, type EntryPlace } from './selection-options.ts'
import { showUsageAfterError, withUsage } from './usage-line.ts'
import { withLetters } from './with-letters.ts'

interface ShowOptions extends ConfigOptions {
  readonly json?: boolean
}

const examples = `
Examples:
  $ drakkar dlq show 0:17
  $ drakkar dlq show 5f6c1d0e-7a55-4a67-9d3e-1f2b3c4d5e6f --json | jq .source`

export function showCommand(context: CommandContext): Command {
  const command = new Command('show')
    .description('Show one dead letter')
    .addArgument(new Argument('<entry>', 'PARTITION:OFFSET, as ls and replay print it, or a dlq_id').argParser(entryArgument))
    .option('--json', 'write the value as it is stored')
    .addHelpText('after', examples)
    .action((place: EntryPlace, options: ShowOptions) =>
      withUsage(command, async () => context.finish(await show(place, options, context))),
    )
  return showUsageAfterError(addConfigOptions(command), 'drakkar dlq show PARTITION:OFFSET|DLQ_ID [--dlq-config PATH] [--json]')
}

function show(place: EntryPlace, options: ShowOptions, context: CommandContext): Promise<number> {
  const { io } = context
  return withLetters(options, context, async (letters, signal) => {
    const entry = await find(letters, place, signal)
    if (signal.aborted) return exitCodeOfSignal(signal.reason)
    if (entry === null) throw new UsageError(`${describe(place)} in ${letters.topic}; "drakkar dlq ls" shows what there is`)
    if (options.json === true) await io.stdout.write(Buffer.concat([entry.value ?? Buffer.alloc(0), Buffer.from('\n')]))
    else for (const line of deadLetterLines(entry, letters.topic)) await io.stdout.writeLine(line)
    return exitCodes.ok
  })
}

/** Null: there is none, or the search was interrupted. */
async function find(letters: DeadLetterLogs, place: EntryPlace, signal: AbortSignal): Promise<DeadLetterEntry | null> {
  const offsets = await orAborted(offsetsOf(letters), signal)
  const range =
    place.by === 'id'
      ? { partitions: null, fromOffset: null, toOffset: null }
      : { partitions: [place.partition], fromOffset: place.offset, toOffset: place.offset }
  for await (const entry of lettersIn(letters, offsets, { range, signal }).entries) {
    if (place.by === 'place' ? entry.offset === place.offset : hasId(entry, place.id)) return entry
  }
  return null
}

function hasId(entry: DeadLetterEntry, id: string): boolean {
  const record = asReadable(entry)?.record
  return record?.schema_version === 2 && record.dlq_id === id
}

function describe(place: EntryPlace): string {
  return place.by === 'id' ? `There is no dead letter with the dlq_id ${place.id}` : `There is no entry ${place.partition}:${place.offset}`
}
