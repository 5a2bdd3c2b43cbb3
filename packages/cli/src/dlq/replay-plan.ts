/** The options of `drakkar dlq replay` as one checked value. Pure. */
import type { EntryFilter, LogReplayMode, RangeOptions } from '@drakkar/core'
import { UsageError } from '../usage-error.ts'
import { configOf, filterOf, rangeOf, selectionText, type ConfigOptions, type SelectionOptions } from './selection-options.ts'

export interface ReplayCommandOptions extends ConfigOptions, SelectionOptions {
  readonly targetTopic?: string
  readonly targetBrokers?: string
  readonly mode: LogReplayMode | 'sink'
  readonly preservePartition?: boolean
  readonly dryRun?: boolean
  readonly limit?: number
  readonly rate?: number
  readonly checkpoint?: string
  readonly onError: 'stop' | 'skip'
  readonly json?: boolean
}

/** `topic` null: not given, which a dry run allows. `brokers` null: those of the dead letters. */
export type PlannedTarget =
  | { readonly kind: 'sinks' }
  | {
      readonly kind: 'topic'
      readonly topic: string | null
      readonly brokers: string | null
      readonly mode: LogReplayMode
      readonly preservePartition: boolean
    }

export interface ReplayPlan {
  readonly configPath: string | undefined
  readonly target: PlannedTarget
  readonly mode: ReplayCommandOptions['mode']
  readonly dryRun: boolean
  readonly limit: number | null
  readonly ratePerSecond: number | null
  readonly checkpoint: string | null
  readonly onError: ReplayCommandOptions['onError']
  readonly json: boolean
  readonly filter: EntryFilter
  /** As it was given, for the first line and the checkpoint. */
  readonly selection: string
  readonly range: RangeOptions
  readonly options: ReplayCommandOptions
}

/** Throws `UsageError` for options that do not go together. */
export function planReplay(options: ReplayCommandOptions): ReplayPlan {
  return {
    configPath: configOf(options),
    target: targetOf(options),
    mode: options.mode,
    dryRun: options.dryRun === true,
    limit: options.limit ?? null,
    ratePerSecond: options.rate ?? null,
    checkpoint: options.checkpoint ?? null,
    onError: options.onError,
    json: options.json === true,
    filter: filterOf(options),
    selection: selectionText(options),
    range: rangeOf(options),
    options,
  }
}

function targetOf({ mode, targetTopic, targetBrokers, preservePartition, dryRun }: ReplayCommandOptions): PlannedTarget {
  if (mode !== 'sink') {
    if (targetTopic === undefined && dryRun !== true) throw new UsageError('--target-topic is required (or --dry-run, or --mode=sink)')
    if (targetTopic === undefined && targetBrokers !== undefined) throw new UsageError('--target-brokers needs a --target-topic')
    return {
      kind: 'topic',
      topic: targetTopic ?? null,
      brokers: targetBrokers ?? null,
      mode,
      preservePartition: preservePartition === true,
    }
  }
  const unfit = [
    ['--target-topic', targetTopic],
    ['--target-brokers', targetBrokers],
    ['--preserve-partition', preservePartition],
  ].find(([, value]) => value !== undefined)
  if (unfit !== undefined)
    throw new UsageError(`${String(unfit[0])} has no meaning with --mode=sink, which delivers through the configured sinks`)
  return { kind: 'sinks' }
}
