/** `drakkar dlq replay`: dead letters back into a topic, or through their sinks (spec section 17). */
import { interruptedAtOnce, replayDeadLetters, type ReplayCounts, type ReplayResult } from '@drakkar/core'
import { errorMessage, redactText } from '@drakkar/plugin-sdk'
import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodeOfSignal, exitCodes } from '../exit-codes.ts'
import { closeLog } from '../interruptible.ts'
import { logContext } from '../log-options.ts'
import { positiveInteger } from '../option-values.ts'
import { OutputClosedError } from '../output-stream.ts'
import { reportError } from '../report-error.ts'
import { UsageError } from '../usage-error.ts'
import { brokerList, nonEmptyText, ratePerSecond } from './option-values.ts'
import { planReplay, type ReplayCommandOptions, type ReplayPlan } from './replay-plan.ts'
import { ReplayReport } from './replay-report.ts'
import { setUpReplay } from './replay-setup.ts'
import { addConfigOptions, addSelectionOptions } from './selection-options.ts'
import { showUsageAfterError, withUsage } from './usage-line.ts'

const examples = `
Modes:
  source   the original source message: value, key, headers and timestamp, byte for byte (not for dead letters of py-drakkar);
           the one for the topic the worker reads
  payload  each failed payload as it is stored: the JSON text of what the handler returned for its sink (default)
  data     only the member "data" of each payload
  sink     deliver the payloads through their configured sinks, under the ids they had; no handler runs

The topic is read up to where it ends when the command starts, without a consumer group; nothing is deleted from it. Replaying
twice publishes twice, unless a --checkpoint file tells what is done.

A failure ends the run; with a --checkpoint, the same command goes on at the entry that failed. --on-error=skip passes over entries
that are refused for good, each with its place and the reason.

Exit codes: 0 done or limit reached, 1 a message could not be published (also after partial success), 2 nothing was begun
(configuration, command line, broker, target), 130 Ctrl+C.

Examples:
  $ drakkar dlq replay --dlq-config=drakkar.yaml --target-topic=input-events --mode=source --dry-run --filter='customer_id:42'
  $ drakkar dlq replay --target-topic input-events --mode source --checkpoint replay.json --rate 100/s
  $ drakkar dlq replay --mode sink --sink-type postgres --since 2h`

const usage =
  'drakkar dlq replay --dlq-config=PATH --target-topic=T [--target-brokers=B] [--dry-run] [--limit=N] [--filter=TEXT] [--mode=payload|data|source|sink] …'

export function replayCommand(context: CommandContext): Command {
  const modes = new Option('--mode <mode>', 'what to publish').choices(['payload', 'data', 'source', 'sink']).default('payload')
  const command = addSelectionOptions(addConfigOptions(new Command('replay').description('Publish dead letters again')))
    .option('--target-topic <topic>', 'topic to publish to; required unless --dry-run or --mode=sink', nonEmptyText)
    .option('--target-brokers <list>', 'Kafka brokers of the target topic (default: those of the dead letters)', brokerList)
    .option('--dry-run', 'count what would be published, publish nothing')
    .option('-n, --limit <count>', 'stop after this many dead letters have been read, those not selected included', positiveInteger)
    .addOption(modes)
    .option('--preserve-partition', 'publish to the partition the source message came from')
    .option('--rate <count/s>', 'publish at most this many messages per second', ratePerSecond)
    .addOption(
      new Option('--on-error <action>', 'skip: pass over entries that are refused for good').choices(['stop', 'skip']).default('stop'),
    )
    .option('--checkpoint <file>', 'keep what is done in this file, and go on there when it exists', nonEmptyText)
    .option('--json', 'write the summary as a JSON object to standard output')
    .addHelpText('after', examples)
    .action((options: ReplayCommandOptions) => withUsage(command, async () => context.finish(await replay(options, context))))
  return showUsageAfterError(command, usage)
}

async function replay(options: ReplayCommandOptions, context: CommandContext): Promise<number> {
  const plan = planReplay(options)
  const report = new ReplayReport(context.io.stderr, plan)
  using signals = context.io.catchSignals()
  const { signal } = signals
  const closers: (() => Promise<void>)[] = []
  // What the command has come to if the reader of its output goes away at this moment.
  let exitCode: number = exitCodes.configuration
  try {
    const letters = await context.services.openDeadLetters(plan.configPath, logContext(context.io, 'drakkar-dlq'))
    closers.push(() => closeLog(letters.log, signal))
    const run = await setUpReplay({ plan, letters, context, report, signal, closers })
    exitCode = publishFailed
    const result = await replayDeadLetters(run)
    exitCode = exitCodeOf(result, signal)
    await report.end(result)
    if (plan.json) await context.io.stdout.writeLine(JSON.stringify(jsonOf(plan, letters, result)))
    return exitCode
  } catch (error) {
    if (error instanceof OutputClosedError) return exitCode
    if (exitCode !== exitCodes.configuration || error instanceof UsageError) throw error
    if (signal.aborted) {
      await report.end(interruptedAtOnce)
      return exitCodeOfSignal(signal.reason)
    }
    for (const line of reportError(error).lines) await context.io.stderr.writeLine(line)
    return exitCodes.configuration
  } finally {
    await closeAll(closers.toReversed(), context)
  }
}

/** What was published stays published: a client that does not close well changes neither the exit code nor what the others do. */
async function closeAll(closers: readonly (() => Promise<void>)[], { io }: CommandContext): Promise<void> {
  for (const close of closers) {
    try {
      await close()
    } catch (error) {
      // A reader that is gone needs no warning.
      await io.stderr.writeLine(`warning: closing failed: ${redactText(errorMessage(error))}`).catch(() => undefined)
    }
  }
}

/** Failures count more than the signal: a run that was interrupted and failed has to be looked at. */
function exitCodeOf({ counts, end }: ReplayResult, signal: AbortSignal): number {
  if (counts.errors > 0) return publishFailed
  return end === 'interrupted' ? exitCodeOfSignal(signal.reason) : exitCodes.ok
}

/** Of this command alone: the seed's code after a publish failure (design 13). */
const publishFailed = 1

function jsonOf(plan: ReplayPlan, { topic, brokers }: { readonly topic: string; readonly brokers: string }, result: ReplayResult): unknown {
  const { counts, end, failures, lastPublished } = result
  return {
    topic,
    brokers: redactText(brokers),
    target: plan.target.kind === 'sinks' ? 'sinks' : plan.target.topic,
    mode: plan.mode,
    dry_run: plan.dryRun,
    end,
    ...countsJson(counts),
    last_published: Object.fromEntries(lastPublished),
    failures: failures.map(({ during, entry, error }) => ({
      during,
      partition: entry?.partition ?? null,
      offset: entry?.offset ?? null,
      error: reportError(error).lines.join(' '),
    })),
  }
}

function countsJson({ read, published, wouldPublish, filteredOut, skippedInvalid, duplicates, errors }: ReplayCounts): object {
  return { read, published, would_publish: wouldPublish, filtered_out: filteredOut, skipped_invalid: skippedInvalid, duplicates, errors }
}
