/** The configuration in one line, for the log and the pages (CFG-54, CFG-55). Pure. */
import { configuredInstances } from './instances.ts'
import type { DrakkarConfig } from './schema.ts'
import { sourceNames } from './source-names.ts'

export interface SummaryOptions {
  readonly workerId: string
  readonly clusterName: string
  /** Sink type → abbreviation, from the sinks' definitions. A type that is absent is written in full. */
  readonly sinkShortNames?: ReadonlyMap<string, string>
}

export function summaryLine(config: DrakkarConfig, { workerId, clusterName, sinkShortNames }: SummaryOptions): string {
  const { executor, kafka, debug, metrics, dlq, logging } = config
  const { sourceTopic, consumerGroup } = sourceNames(config)
  const worker = workerId === '' ? '?' : workerId
  return [
    `[${clusterName === '' ? worker : `${worker}/${clusterName}`}]`,
    `topic=${sourceTopic}`,
    `group=${consumerGroup}`,
    `exec=${executor.max_executors}w/${executor.window_size}win/${kafka.max_poll_records}poll`,
    `retries=${executor.max_retries}/${executor.task_timeout_seconds}s`,
    `debug=${debug.enabled ? `on:${debug.port}` : 'off'}`,
    `cache=${cacheText(config)}`,
    `metrics=${metrics.enabled ? metrics.port : 'off'}`,
    `dlq=${dlq.topic === '' ? 'on' : dlq.topic}`,
    `sinks=${sinksText(config, sinkShortNames ?? new Map())}`,
    `log=${logging.level}`,
  ].join(' ')
}

function cacheText({ cache }: DrakkarConfig): string {
  if (!cache.enabled) return 'off'
  const sync = cache.peer_sync.enabled ? `${cache.peer_sync.interval_seconds}s` : 'off'
  const limit = cache.max_memory_entries === null ? '' : `/max=${cache.max_memory_entries}`
  return `on:f=${cache.flush_interval_seconds}s/s=${sync}/c=${cache.cleanup_interval_seconds}s${limit}`
}

function sinksText(config: DrakkarConfig, shortNames: ReadonlyMap<string, string>): string {
  const byType = new Map<string, string[]>()
  for (const { type, name } of configuredInstances(config)) {
    const names = byType.get(type) ?? []
    byType.set(type, [...names, name])
  }
  if (byType.size === 0) return 'none'
  return `[${[...byType].map(([type, names]) => `${shortNames.get(type) ?? type}:${names.join(',')}`).join(' ')}]`
}
