/** `drakkar tail`: records of a topic → JSON lines on standard output. */
import type { LogAdmin, LogRecord, MessageLog, ReadOptions } from '@drakkar/plugin-sdk/log'
import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodeOfSignal, exitCodes } from '../exit-codes.ts'
import { closeLog, orAborted } from '../interruptible.ts'
import { addLogOptions, logChoice, logContext, type LogOptions } from '../log-options.ts'
import { partitionList, positiveInteger, startPosition, type StartPosition } from '../option-values.ts'
import { recordToJson } from '../record-json.ts'
import { UsageError } from '../usage-error.ts'

interface TailOptions extends LogOptions {
  readonly from: StartPosition
  readonly follow?: boolean
  readonly limit?: number
  readonly partition?: readonly number[]
  readonly raw?: boolean
}

const examples = `
One JSON object per line: topic, partition, offset, timestamp (Unix milliseconds), key, value, headers. Bytes that are not
UTF-8 are written {"base64": "…"}; the value of a tombstone is null. No consumer group is joined and nothing is committed.

Examples:
  $ drakkar tail results --brokers localhost:9092 --limit 10
  $ drakkar tail input-events_dlq --config drakkar.yaml | jq -r .value
  $ drakkar tail results --embedded ./demo.db --from end --follow`

export function tailCommand(context: CommandContext): Command {
  const command = new Command('tail')
    .description('Write the records of a topic to standard output')
    .argument('<topic>', 'topic to read')
    .addOption(new Option('--from <position>', 'beginning, end, or an offset').argParser(startPosition).default('beginning'))
    .option('-f, --follow', 'wait for new records instead of ending at the last one')
    .option('-n, --limit <count>', 'end after this many records', positiveInteger)
    .option('-p, --partition <number>', 'only this partition; may be given several times', partitionList)
    .option('--raw', 'write values only, each followed by a line feed')
    .addHelpText('after', examples)
    .action(async (topic: string, options: TailOptions) => context.finish(await tail(topic, options, context)))
  return addLogOptions(command)
}

async function tail(topic: string, options: TailOptions, context: CommandContext): Promise<number> {
  const { io, services } = context
  using signals = io.catchSignals()
  const log = await services.openLog(logChoice(options), { ...logContext(io, 'drakkar-tail'), mayCreate: false })
  try {
    const readOptions = await orAborted(readOptionsOf(log, topic, options), signals.signal)
    await writeRecords(log.read(topic, { ...readOptions, signal: signals.signal }), options, context)
  } catch (error) {
    if (!signals.signal.aborted) throw error
  } finally {
    await closeLog(log, signals.signal)
  }
  return signals.signal.aborted ? exitCodeOfSignal(signals.signal.reason) : exitCodes.ok
}

async function writeRecords(records: AsyncIterable<LogRecord>, options: TailOptions, { io }: CommandContext): Promise<void> {
  let left = options.limit ?? Number.POSITIVE_INFINITY
  for await (const record of records) {
    if (options.raw === true) await io.stdout.write(Buffer.concat([record.value ?? Buffer.alloc(0), Buffer.from('\n')]))
    else await io.stdout.writeLine(JSON.stringify(recordToJson(record)))
    left -= 1
    if (left === 0) return
  }
}

async function readOptionsOf(log: MessageLog, topic: string, options: TailOptions): Promise<Omit<ReadOptions, 'signal'>> {
  const admin = log.admin()
  try {
    const { partition, from, follow = false } = options
    const start = await startOf(admin, topic, { from, partitions: partition })
    return { from: start, follow, ...(partition === undefined ? {} : { partitions: partition }) }
  } finally {
    await admin.close()
  }
}

interface StartRequest {
  readonly from: StartPosition
  readonly partitions: readonly number[] | undefined
}

/** An offset below what retention has left means the first record there is. Rejects when the topic or a partition is missing. */
async function startOf(admin: LogAdmin, topic: string, { from, partitions }: StartRequest): Promise<NonNullable<ReadOptions['from']>> {
  const offsets = await admin.offsets(topic)
  const missing = partitions?.find((partition) => !offsets.has(partition))
  if (missing !== undefined) throw new UsageError(`The topic "${topic}" has no partition ${missing}; it has ${offsets.size}`)
  if (typeof from === 'string') return from
  return new Map([...offsets].map(([partition, range]) => [partition, Math.min(Math.max(from, range.start), range.end)]))
}
