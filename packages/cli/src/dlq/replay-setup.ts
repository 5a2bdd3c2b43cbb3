/** Opens everything a replay needs; whatever fails here means that nothing has been published (exit code 2, spec RPL-12). */
import { isAbsolute, join } from 'node:path'
import {
  isOwnTopic,
  loadCheckpoint,
  logTarget,
  normalisedBrokers,
  planRanges,
  saveCheckpoint,
  sizeOf,
  type Checkpoint,
  type EntryFilter,
  type ReplayIdentity,
  type ReplayOptions,
  type ReplayTarget,
} from '@drakkar/core'
import { errorMessage, systemClock } from '@drakkar/plugin-sdk'
import { LogError, type LogProducer, type MessageLog, type OffsetRange } from '@drakkar/plugin-sdk/log'
import { stderrLogger, type CommandContext } from '../command-context.ts'
import { orAborted } from '../interruptible.ts'
import type { DeadLetterLogs } from '../services.ts'
import { UsageError } from '../usage-error.ts'
import { offsetsOf } from './read-letters.ts'
import type { PlannedTarget, ReplayPlan } from './replay-plan.ts'
import type { ReplayPlace, ReplayReport } from './replay-report.ts'
import { requirePartitions } from './selection-options.ts'

export interface SetupRequest {
  readonly plan: ReplayPlan
  readonly letters: DeadLetterLogs
  readonly context: CommandContext
  readonly report: ReplayReport
  readonly signal: AbortSignal
  /** Closed in reverse order, also when the set-up fails half-way. */
  readonly closers: (() => Promise<void>)[]
}

/** A crash repeats what was published in so many milliseconds; a stop repeats nothing. */
const saveEveryMs = 100

/** Rejects with `UsageError`, `ConfigError` or `LogError`. */
export async function setUpReplay(request: SetupRequest): Promise<ReplayOptions> {
  const { plan, letters, report, signal } = request
  const place = placeOf(plan, letters)
  await report.begin(place)
  refuseOwnTopic(letters, place)
  if (isMixUp(plan, letters)) await report.warnSourceTopic(letters.sourceTopic)
  const resumed = await resume(request, identityOf(plan, place))
  const offsets = await orAborted(offsetsOf(letters), signal)
  requirePartitions(letters.topic, offsets, plan.options)
  requirePositions(plan, resumed.checkpoint.positions, offsets)
  const ranges = planRanges(offsets, plan.range, resumed.checkpoint.positions)
  const target = await openTarget(request)
  request.closers.push(() => target.close())
  // Not before: a checkpoint of a command that was never begun would refuse the corrected one.
  await resumed.begin()
  const total = sizeOf(ranges)
  report.start(plan.limit === null ? total : Math.min(total, plan.limit))
  return {
    log: letters.log,
    topic: letters.topic,
    ranges,
    filter: resumed.filter,
    target,
    dryRun: plan.dryRun,
    onError: plan.onError,
    limit: plan.limit,
    ratePerSecond: plan.ratePerSecond,
    saveProgress: resumed.save,
    saveEveryMs,
    clock: systemClock,
    signal,
    listener: report,
  }
}

function placeOf({ target }: ReplayPlan, letters: DeadLetterLogs): ReplayPlace {
  const { topic, brokers } = letters
  if (target.kind === 'sinks') return { topic, brokers, target: 'sinks', targetBrokers: null }
  return { topic, brokers, target: target.topic, targetBrokers: target.topic === null ? null : (target.brokers ?? brokers) }
}

function refuseOwnTopic(letters: DeadLetterLogs, { target, targetBrokers }: ReplayPlace): void {
  if (target === null || targetBrokers === null) return
  if (!isOwnTopic(letters, { topic: target, brokers: targetBrokers })) return
  throw new UsageError(`--target-topic is the dead-letter topic itself ("${target}"): the replay would read what it writes`)
}

/** The messages of entries of the handler are their payloads. */
function isMixUp({ target, mode, filter }: ReplayPlan, { sourceTopic }: DeadLetterLogs): boolean {
  if (target.kind !== 'topic' || target.topic !== sourceTopic || mode === 'source') return false
  return !(mode === 'payload' && filter.sinkType === 'handler')
}

/** Offsets never go back, except where a topic is another one of the same name. */
function requirePositions(
  { checkpoint }: ReplayPlan,
  positions: ReadonlyMap<number, number>,
  offsets: ReadonlyMap<number, OffsetRange>,
): void {
  for (const [partition, position] of positions) {
    const end = offsets.get(partition)?.end
    if (end !== undefined && position <= end) continue
    const found = end === undefined ? 'there is no such partition' : `the topic ends at ${end}`
    throw new UsageError(
      `the checkpoint ${String(checkpoint)} is at offset ${position} of partition ${partition}, and ${found}: was the topic created anew? Then begin with another file`,
    )
  }
}

function identityOf({ mode, selection, target }: ReplayPlan, place: ReplayPlace): ReplayIdentity {
  const partitions = target.kind === 'topic' && target.preservePartition ? ' preserve-partition' : ''
  return {
    topic: place.topic,
    brokers: normalisedBrokers(place.brokers),
    mode: `${mode}${partitions}`,
    target: place.targetBrokers === null ? null : place.target,
    target_brokers: place.targetBrokers === null ? null : normalisedBrokers(place.targetBrokers),
    selection,
  }
}

interface Resumed {
  readonly checkpoint: Pick<Checkpoint, 'positions'>
  readonly filter: EntryFilter
  readonly save: ReplayOptions['saveProgress']
  /** Writes the file for the first time, so that it shows now and not after the first message when that is impossible. */
  begin(): Promise<void>
}

/** With the times of the first run: "2h ago" must not move on while a replay is interrupted. */
async function resume({ plan, context, report }: SetupRequest, identity: ReplayIdentity): Promise<Resumed> {
  const { checkpoint: given, filter } = plan
  if (given === null) return { checkpoint: { positions: new Map() }, filter, save: null, begin: async () => undefined }
  const path = isAbsolute(given) ? given : join(context.io.workingDirectory, given)
  const found = await readCheckpoint(path, identity)
  if (found !== null) await report.resumed(given, found.positions)
  const { sinceMs, untilMs } = found ?? filter
  const before = found?.positions ?? new Map<number, number>()
  const save = (positions: ReadonlyMap<number, number>): Promise<void> =>
    saveCheckpoint(path, { identity, sinceMs, untilMs, positions: new Map([...before, ...positions]) })
  const begin = async (): Promise<void> => (plan.dryRun ? undefined : requireWritable(given, () => save(new Map())))
  return { checkpoint: { positions: before }, filter: { ...filter, sinceMs, untilMs }, save, begin }
}

/** Null: the run begins with this command. A dry run looks at another target's checkpoint like any other run would. */
async function readCheckpoint(path: string, identity: ReplayIdentity): Promise<Checkpoint | null> {
  let read: Awaited<ReturnType<typeof loadCheckpoint>>
  try {
    read = await loadCheckpoint(path, identity)
  } catch (error) {
    throw new UsageError(`the checkpoint ${path} cannot be read: ${errorMessage(error)}`, { cause: error })
  }
  if (read === null) return null
  if (!read.ok) throw new UsageError(`the checkpoint ${path} cannot be used: ${read.reason}`)
  return read.checkpoint
}

async function requireWritable(path: string, save: () => Promise<void>): Promise<void> {
  try {
    await save()
  } catch (error) {
    throw new UsageError(`the checkpoint ${path} cannot be written: ${errorMessage(error)}`, { cause: error })
  }
}

async function openTarget(request: SetupRequest): Promise<ReplayTarget> {
  const { plan, context, signal } = request
  const { target, ratePerSecond, configPath, filter, dryRun } = plan
  if (target.kind === 'topic') return openTopic(request, target)
  const maxItems = ratePerSecond === null ? null : Math.max(1, Math.floor(ratePerSecond))
  const { sinkType, sinkName } = filter
  const open = { sinkType, sinkName, connect: !dryRun, signal }
  return orAborted(context.services.openSinkTarget({ configPath, maxItems, logger: stderrLogger(context.io), open }), signal)
}

async function openTopic(
  { plan, letters, signal, closers }: SetupRequest,
  target: Extract<PlannedTarget, { kind: 'topic' }>,
): Promise<ReplayTarget> {
  const { mode, preservePartition, topic } = target
  if (topic === null) return logTarget(null, { mode, topic: 'none', preservePartition, partitions: null })
  const log = target.brokers === null ? letters.log : await letters.openTarget(target.brokers)
  if (log !== letters.log) closers.push(() => log.close())
  const partitions = await orAborted(partitionsOf(log, topic), signal)
  if (plan.dryRun) return logTarget(null, { mode, topic, preservePartition, partitions })
  return logTarget(await connected(log, signal), { mode, topic, preservePartition, partitions })
}

async function partitionsOf(log: MessageLog, topic: string): Promise<number> {
  const admin = log.admin()
  try {
    const found = await admin.describeTopic(topic)
    if (found !== null) return found.partitions
  } finally {
    await admin.close()
  }
  const message = `the target topic "${topic}" does not exist in ${log.description}`
  throw new LogError({ kind: 'permanent', code: 'DRK_LOG_TOPIC_MISSING', message })
}

async function connected(log: MessageLog, signal: AbortSignal): Promise<LogProducer> {
  const producer = log.producer()
  await orAborted(producer.connect({ signal }), signal)
  return producer
}
