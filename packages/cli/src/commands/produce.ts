/** `drakkar produce`: lines of standard input → records of a topic. */
import { addAbortSignal } from 'node:stream'
import { LogError, type ProduceRecord, type LogProducer, type MessageLog } from '@drakkar/plugin-sdk/log'
import { Command } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCodeOfSignal, exitCodes } from '../exit-codes.ts'
import { closeLog, orAborted } from '../interruptible.ts'
import { addLogOptions, logChoice, logContext, type LogOptions } from '../log-options.ts'
import { nonNegativeInteger, positiveInteger } from '../option-values.ts'
import { produceBatches } from '../produce-batches.ts'
import { ProgressLine } from '../progress-line.ts'
import { bytesText, countText, progressText } from '../progress-text.ts'
import { readLines } from '../read-lines.ts'
import { recordFromJson, recordFromValue } from '../record-json.ts'

interface ProduceOptions extends LogOptions {
  readonly raw?: boolean
  readonly keyField?: string
  readonly partition?: number
  readonly create?: number
}

interface Produced {
  records: number
  bytes: number
}

const examples = `
Lines are JSON objects unless --raw or --key-field is given:
  {"value": "text", "key": "k", "headers": {"h": "v"}, "partition": 0, "timestamp": 1700000000000}
Only "value" is required; null makes a tombstone. An object, list or number as value is stored as its JSON text.
Bytes that are not UTF-8 are written {"base64": "…"}. The output of "drakkar tail" is understood as it is.

Examples:
  $ echo '{"key": "a", "value": {"n": 1}}' | drakkar produce input-events --brokers localhost:9092
  $ drakkar produce input-events --embedded ./demo.db --create 8 --key-field user < events.jsonl
  $ drakkar tail old -b localhost:9092 | drakkar produce new -b localhost:9092`

export function produceCommand(context: CommandContext): Command {
  const command = new Command('produce')
    .description('Append the lines of standard input to a topic')
    .argument('<topic>', 'topic to append to')
    .option('--raw', 'each line is the value of a record, byte for byte')
    .option('--key-field <name>', "each line is the value, a JSON object; this field of it is the record's key")
    .option('-p, --partition <number>', 'partition for all records, whatever the lines say', nonNegativeInteger)
    .option('--create <partitions>', 'create the topic with this many partitions when it does not exist', positiveInteger)
    .addHelpText('after', examples)
    .action(async (topic: string, options: ProduceOptions) => context.finish(await produce(topic, options, context)))
  return addLogOptions(command)
}

async function produce(topic: string, options: ProduceOptions, context: CommandContext): Promise<number> {
  const { io, services } = context
  using signals = io.catchSignals()
  const log = await services.openLog(logChoice(options), {
    ...logContext(io, 'drakkar-produce'),
    mayCreate: options.create !== undefined,
  })
  const done: Produced = { records: 0, bytes: 0 }
  const progress = new ProgressLine(io.stderr)
  try {
    await orAborted(requireTopic(log, topic, options.create), signals.signal)
    if (io.stdin.isTTY === true) await io.stderr.writeLine('Reading records from the terminal, one per line; Ctrl+D ends.')
    const producer = log.producer()
    await orAborted(producer.connect({ signal: signals.signal }), signals.signal)
    await sendLines({ producer, topic, options, context, signal: signals.signal, done, progress })
    await progress.clear()
    await io.stderr.writeLine(summary(done, topic, log))
  } catch (error) {
    await progress.clear()
    if (done.records > 0) await io.stderr.writeLine(`${summary(done, topic, log)} Then:`)
    if (!signals.signal.aborted) throw error
    await io.stderr.writeLine(`stopped by ${String(signals.signal.reason)}`)
  } finally {
    await closeLog(log, signals.signal)
  }
  return signals.signal.aborted ? exitCodeOfSignal(signals.signal.reason) : exitCodes.ok
}

function summary(done: Produced, topic: string, log: MessageLog): string {
  return `Produced ${countText(done.records)} (${bytesText(done.bytes)}) to ${topic} of ${log.description}.`
}

interface SendLines {
  readonly producer: LogProducer
  readonly topic: string
  readonly options: ProduceOptions
  readonly context: CommandContext
  readonly signal: AbortSignal
  readonly done: Produced
  readonly progress: ProgressLine
}

/** One batch at a time, so that the order of the lines is the order of the log and memory stays bounded. */
async function sendLines({ producer, topic, options, context, signal, done, progress }: SendLines): Promise<void> {
  const startedAtMs = performance.now()
  const toRecord = (line: Uint8Array) => recordOf(line, topic, options)
  for await (const lines of readLines(addAbortSignal(signal, context.io.stdin))) {
    for (const batch of produceBatches(lines, toRecord)) {
      await producer.send(batch)
      done.records += batch.length
      done.bytes += batch.reduce((sum, record) => sum + (record.value?.length ?? 0), 0)
      await progress.update(() => progressText({ ...done, elapsedMs: performance.now() - startedAtMs }))
      signal.throwIfAborted()
    }
  }
}

function recordOf(line: Uint8Array, topic: string, options: ProduceOptions): ProduceRecord | null {
  const { raw = false, keyField, partition } = options
  const isValue = raw || keyField !== undefined
  if (!isValue && Buffer.from(line).toString('latin1').trim() === '') return null
  const record = isValue ? recordFromValue(line, { topic, keyField }) : recordFromJson(line, topic)
  return partition === undefined ? record : { ...record, partition }
}

async function requireTopic(log: MessageLog, topic: string, partitions: number | undefined): Promise<void> {
  const admin = log.admin()
  try {
    if ((await admin.describeTopic(topic)) !== null) return
    if (partitions !== undefined) return await admin.createTopic(topic, partitions)
  } finally {
    await admin.close()
  }
  const message = `The topic "${topic}" does not exist in ${log.description}. Create it with --create <partitions>`
  throw new LogError({ kind: 'permanent', code: 'DRK_LOG_TOPIC_MISSING', message })
}
