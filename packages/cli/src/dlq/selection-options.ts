/** Options that choose dead letters, the same for `ls` and `replay`, and the configuration they come from. */
import type { EntryFilter, RangeOptions } from '@drakkar/core'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { nonNegativeInteger, partitionList } from '../option-values.ts'
import { UsageError } from '../usage-error.ts'
import { moment, nonEmptyText, whereList, type Moment, type WhereOption } from './option-values.ts'

export interface ConfigOptions {
  readonly dlqConfig?: string
  readonly config?: string
}

export interface SelectionOptions {
  readonly filter?: string
  readonly where?: readonly WhereOption[]
  readonly sinkType?: string
  readonly sinkName?: string
  readonly since?: Moment
  readonly until?: Moment
  readonly partition?: readonly number[]
  readonly fromOffset?: number
  readonly toOffset?: number
}

export function addConfigOptions(command: Command): Command {
  const text = 'configuration of the worker (default: DRAKKAR_CONFIG, else ./drakkar.yaml)'
  return command
    .addOption(new Option('--dlq-config <path>', text).argParser(nonEmptyText).conflicts('config'))
    .addOption(new Option('-c, --config <path>', 'the same as --dlq-config').argParser(nonEmptyText).conflicts('dlqConfig'))
}

/** Undefined: the usual places. */
export function configOf({ dlqConfig, config }: ConfigOptions): string | undefined {
  return dlqConfig ?? config
}

export function addSelectionOptions(command: Command): Command {
  const time = (text: string): Moment => moment(text, Date.now())
  return command
    .option('--filter <text>', 'only dead letters with this text in one of their payloads, as stored', nonEmptyText)
    .option('--where <path=value>', 'only dead letters with this value, e.g. payload.data.id=42; may be given several times', whereList)
    .option('--sink-type <type>', 'only of sinks of this type ("handler": what the handler could not process)', nonEmptyText)
    .option('--sink-name <name>', 'only of the sink instance with this name', nonEmptyText)
    .option('--since <time>', 'only failures from this time on: ISO time (UTC without a zone), or so long ago (30m, 2h, 7d)', time)
    .option('--until <time>', 'only failures before this time', time)
    .option('-p, --partition <number>', 'only this partition of the dead-letter topic; may be given several times', partitionList)
    .option('--from-offset <offset>', 'read each partition from this offset on', nonNegativeInteger)
    .option('--to-offset <offset>', 'read each partition up to this offset, inclusive', nonNegativeInteger)
}

/** Throws `UsageError` for a selection that can hold nothing. */
export function filterOf({ filter, where = [], sinkType, sinkName, since, until }: SelectionOptions): EntryFilter {
  if (since !== undefined && until !== undefined && since.ms >= until.ms) throw new UsageError('--since must be before --until')
  return {
    text: filter ?? null,
    sinceMs: since?.ms ?? null,
    untilMs: until?.ms ?? null,
    sinkType: sinkType ?? null,
    sinkName: sinkName ?? null,
    where: where.map(({ condition }) => condition),
  }
}

/** Throws `UsageError` for a range that can hold nothing. */
export function rangeOf({ partition, fromOffset, toOffset }: SelectionOptions): RangeOptions {
  if (fromOffset !== undefined && toOffset !== undefined && fromOffset > toOffset) {
    throw new UsageError('--from-offset must not be above --to-offset')
  }
  return { partitions: partition ?? null, fromOffset: fromOffset ?? null, toOffset: toOffset ?? null }
}

/** The options as they were given, in a fixed order; empty when there are none. */
export function selectionText(options: SelectionOptions): string {
  const { filter, where = [], sinkType, sinkName, since, until, partition = [], fromOffset, toOffset } = options
  const parts: readonly (readonly [string, string | number | undefined])[] = [
    ['filter', filter],
    ...where.map(({ text }) => ['where', text] as const),
    ['sink-type', sinkType],
    ['sink-name', sinkName],
    ['since', since?.text],
    ['until', until?.text],
    ...[...new Set(partition)].toSorted((a, b) => a - b).map((number) => ['partition', number] as const),
    ['from-offset', fromOffset],
    ['to-offset', toOffset],
  ]
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${shown(value)}`])).join(' ')
}

/** In quotes where it could be taken for something else: two selections never have one text. */
function shown(value: string | number): string {
  return /^[\w.,:;=@/+*[\]-]+$/.test(String(value)) ? String(value) : JSON.stringify(value)
}

/** The partitions asked for must exist. */
export function requirePartitions(topic: string, existing: ReadonlyMap<number, unknown>, { partition = [] }: SelectionOptions): void {
  const missing = partition.find((number) => !existing.has(number))
  if (missing !== undefined) throw new UsageError(`The topic "${topic}" has no partition ${missing}; it has ${existing.size}`)
}

/** A place as `ls` and `replay` print it. */
export function entryArgument(text: string): EntryPlace {
  const [, partition, offset] = /^(\d+):(\d+)$/.exec(text) ?? []
  if (partition !== undefined && offset !== undefined) return { by: 'place', partition: Number(partition), offset: Number(offset) }
  if (!/^[\w-]{8,}$/.test(text)) throw new InvalidArgumentError('It must be PARTITION:OFFSET or a dlq_id.')
  return { by: 'id', id: text }
}

export type EntryPlace =
  | { readonly by: 'place'; readonly partition: number; readonly offset: number }
  | { readonly by: 'id'; readonly id: string }
