/** `drakkar dlq ls`: dead letters counted by sink and kind of error. */
import { asReadable, deadLetterGroups, entryPlace, isSelected, leadsSomewhere, type DeadLetterGroup } from '@drakkar/core'
import { redactText } from '@drakkar/plugin-sdk'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodeOfSignal, exitCodes } from '../exit-codes.ts'
import { orAborted } from '../interruptible.ts'
import { ProgressLine } from '../progress-line.ts'
import type { DeadLetterLogs } from '../services.ts'
import { textTable } from '../text-table.ts'
import { visibleText } from './visible-text.ts'
import { lettersIn, offsetsOf } from './read-letters.ts'
import { pathHint } from './replay-report.ts'
import {
  addConfigOptions,
  addSelectionOptions,
  filterOf,
  rangeOf,
  requirePartitions,
  type ConfigOptions,
  type SelectionOptions,
} from './selection-options.ts'
import { showUsageAfterError, withUsage } from './usage-line.ts'
import { withLetters } from './with-letters.ts'

interface LsOptions extends ConfigOptions, SelectionOptions {
  readonly json?: boolean
}

const examples = `
One line per sink and kind of error, the largest first: what differs from case to case (numbers, ids, hosts, quoted values) is
taken out of the error text. EXAMPLE is the latest entry, for "drakkar dlq show".

Examples:
  $ drakkar dlq ls
  $ drakkar dlq ls --since 2h --sink-type postgres
  $ drakkar dlq ls --where payload.data.customer_id=42 --json | jq '.groups[0]'`

/** Longest error text in the table. */
const shownErrorLength = 100

export function lsCommand(context: CommandContext): Command {
  const command = new Command('ls')
    .description('Count dead letters by sink and kind of error')
    .option('--json', 'write one JSON object')
    .addHelpText('after', examples)
    .action((options: LsOptions) => withUsage(command, async () => context.finish(await ls(options, context))))
  return showUsageAfterError(addSelectionOptions(addConfigOptions(command)), 'drakkar dlq ls [--dlq-config PATH] [selection]')
}

interface Listing {
  readonly groups: readonly DeadLetterGroup[]
  readonly read: number
  readonly selected: number
  readonly invalid: number
  readonly firstInvalid: string | null
  /** Of `--where`: they led nowhere in any of the dead letters. */
  readonly pathsNotFound: readonly string[]
}

function ls(options: LsOptions, context: CommandContext): Promise<number> {
  return withLetters(options, context, async (letters, signal) => {
    const listing = await collect(letters, options, { context, signal })
    if (signal.aborted) return exitCodeOfSignal(signal.reason)
    await write(letters, listing, { json: options.json === true, context })
    return exitCodes.ok
  })
}

async function collect(
  letters: DeadLetterLogs,
  options: LsOptions,
  { context, signal }: { readonly context: CommandContext; readonly signal: AbortSignal },
): Promise<Listing> {
  const filter = filterOf(options)
  const range = rangeOf(options)
  const offsets = await orAborted(offsetsOf(letters), signal)
  requirePartitions(letters.topic, offsets, options)
  const { entries, total } = lettersIn(letters, offsets, { range, signal })
  const progress = new ProgressLine(context.io.stderr)
  const groups = deadLetterGroups()
  const counts = { read: 0, selected: 0, invalid: 0 }
  const notFound = new Set(filter.where)
  let firstInvalid: string | null = null
  for await (const entry of entries) {
    counts.read += 1
    await progress.update(() => `${counts.read.toLocaleString('en-US')}/${total.toLocaleString('en-US')} read`)
    const readable = asReadable(entry)
    if (readable === null) {
      counts.invalid += 1
      firstInvalid ??= entryPlace(entry)
      continue
    }
    for (const condition of notFound) if (leadsSomewhere(readable.record, condition)) notFound.delete(condition)
    if (isSelected(readable.record, filter)) {
      counts.selected += 1
      groups.add(readable)
    }
  }
  await progress.clear()
  const pathsNotFound = counts.read === counts.invalid ? [] : [...notFound].map(({ path }) => path)
  return { groups: groups.sorted(), ...counts, firstInvalid, pathsNotFound }
}

interface WriteOptions {
  readonly json: boolean
  readonly context: CommandContext
}

async function write(letters: DeadLetterLogs, listing: Listing, { json, context: { io } }: WriteOptions): Promise<void> {
  const { groups, read, selected, invalid, firstInvalid, pathsNotFound } = listing
  for (const path of pathsNotFound) await io.stderr.writeLine(visibleText(pathHint(path)))
  if (json) return io.stdout.writeLine(JSON.stringify(jsonOf(letters, listing)))
  if (groups.length > 0) for (const line of textTable([heading, ...groups.map(rowOf)])) await io.stdout.writeLine(line)
  const kinds = groups.length === 1 ? '1 group' : `${groups.length} groups`
  await io.stderr.writeLine(`${selected} of ${read} entries of ${letters.topic} (${redactText(letters.brokers)}) in ${kinds}`)
  if (firstInvalid !== null) {
    const entries = invalid === 1 ? '1 entry is no dead letter' : `${invalid} entries are no dead letters`
    await io.stderr.writeLine(`${entries}; the first is ${firstInvalid}`)
  }
}

const heading = ['COUNT', 'PAYLOADS', 'SINK', 'FIRST', 'LAST', 'EXAMPLE', 'ERROR']

function rowOf({ count, payloads, sinkType, sinkName, firstMs, lastMs, example, fingerprint }: DeadLetterGroup): readonly string[] {
  const error = visibleText(fingerprint)
  const shown = error.length > shownErrorLength ? `${error.slice(0, shownErrorLength)}…` : error
  const sink = visibleText(`${sinkType}/${sinkName}`)
  return [String(count), String(payloads), sink, timeText(firstMs), timeText(lastMs), entryPlace(example), shown]
}

function jsonOf({ topic, brokers }: DeadLetterLogs, { groups, read, selected, invalid }: Listing): unknown {
  return {
    topic,
    brokers: redactText(brokers),
    read,
    selected,
    invalid,
    groups: groups.map(({ sinkType, sinkName, fingerprint, count, payloads, firstMs, lastMs, example }) => ({
      sink_type: sinkType,
      sink_name: sinkName,
      fingerprint,
      count,
      payloads,
      first: timeText(firstMs),
      last: timeText(lastMs),
      example,
    })),
  }
}

/** A time no calendar has is shown as the number it is. */
function timeText(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms)
}
