/** What must hold between settings, once each of them is right by itself. Pure. */
import { configuredInstances } from './instances.ts'
import type { ConfigWarningEvent } from './problems.ts'
import type { DrakkarConfig } from './schema.ts'
import { sinkInstanceFindings } from './sink-rules.ts'
import { sourceNames } from './source-names.ts'

/** A broken rule: a warning when it has an event, otherwise an error. */
export interface Finding {
  readonly path: readonly string[]
  readonly message: string
  readonly event?: ConfigWarningEvent
}

interface Rule {
  /** Settings compared, dotted. The rule is left out while one of them is wrong by itself. */
  readonly about: readonly string[]
  readonly broken: (config: DrakkarConfig) => boolean
  readonly message: (config: DrakkarConfig) => string
  /** Present: a warning. */
  readonly event?: ConfigWarningEvent
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i

const rules: readonly Rule[] = [
  {
    about: ['kafka.heartbeat_interval_ms', 'kafka.session_timeout_ms'],
    broken: ({ kafka }) => kafka.heartbeat_interval_ms * 3 > kafka.session_timeout_ms,
    message: ({ kafka }) => `should be at most a third of session_timeout_ms (${kafka.session_timeout_ms})`,
    event: 'config_questionable',
  },
  {
    about: ['executor.backpressure_low_multiplier', 'executor.backpressure_high_multiplier'],
    broken: ({ executor }) => executor.backpressure_low_multiplier >= executor.backpressure_high_multiplier,
    message: ({ executor }) => `must be below backpressure_high_multiplier (${executor.backpressure_high_multiplier})`,
  },
  {
    about: ['executor.retry_backoff_base_seconds', 'executor.retry_backoff_max_seconds'],
    broken: ({ executor }) => executor.retry_backoff_base_seconds > executor.retry_backoff_max_seconds,
    message: ({ executor }) => `must not be above retry_backoff_max_seconds (${executor.retry_backoff_max_seconds})`,
  },
  {
    about: ['dlq.topic', 'dlq.brokers', 'kafka', 'embedded'],
    broken: (config) => config.dlq.brokers === '' && sourceNames(config).deadLetterTopic === sourceNames(config).sourceTopic,
    message: () => 'is the source topic: every dead letter would be processed again',
  },
  {
    about: ['serving.store', 'sinks'],
    broken: (config) => isUnknownStore(config),
    message: (config) => `"${config.serving.store}" is not a configured sink; use memory, or a sink that can store, written type/name`,
  },
  {
    about: ['dlq.on_failure', 'dlq.spool_dir'],
    broken: ({ dlq }) => dlq.on_failure === 'spool' && dlq.spool_dir === '',
    message: () => '"spool" needs dlq.spool_dir',
  },
  {
    about: ['cache.peer_sync.cycle_deadline_seconds', 'cache.peer_sync.interval_seconds'],
    broken: ({ cache }) => (cache.peer_sync.cycle_deadline_seconds ?? 0) >= cache.peer_sync.interval_seconds,
    message: ({ cache }) => `must be below interval_seconds (${cache.peer_sync.interval_seconds})`,
  },
  {
    about: ['cache.max_memory_entries', 'cache.enabled'],
    broken: ({ cache }) => cache.enabled && cache.max_memory_entries === null,
    message: () => 'the cache has no limit in memory',
    event: 'cache_max_memory_entries_unbounded',
  },
  {
    about: ['debug.host', 'debug.auth_token', 'debug.enabled', 'debug.allow_unauthenticated'],
    broken: ({ debug }) => debug.enabled && debug.auth_token === '' && !debug.allow_unauthenticated && !loopback.test(debug.host),
    message: () => 'the debug pages will refuse this address: set debug.auth_token, or debug.allow_unauthenticated: true',
    event: 'config_questionable',
  },
]

function isUnknownStore(config: DrakkarConfig): boolean {
  const { store } = config.serving
  if (store === '' || store === 'memory' || store === 'cache') return false
  return configuredInstances(config).every(({ type, name }) => `${type}/${name}` !== store)
}

/** `isWrong`: has the setting at this dotted path, or anything below it, been reported already? */
export function brokenRules(config: DrakkarConfig, isWrong: (path: string) => boolean): readonly Finding[] {
  const found = rules.flatMap((rule): readonly Finding[] => {
    if (rule.about.some(isWrong) || !rule.broken(config)) return []
    const path = (rule.about[0] ?? '').split('.')
    return [{ path, message: rule.message(config), ...(rule.event === undefined ? {} : { event: rule.event }) }]
  })
  return [...found, ...sinkInstanceFindings(configuredInstances(config), isWrong)]
}
