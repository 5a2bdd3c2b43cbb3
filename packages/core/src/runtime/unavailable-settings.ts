/**
 * Settings the configuration accepts and this version does not act upon: said at start, never ignored in silence. Those
 * that promise something about the data are refused.
 */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import { configuredInstances, type SinkInstanceConfig } from '../config/instances.ts'
import type { DrakkarConfig } from '../config/schema.ts'

export interface UnavailableSettings {
  /** A worker that ignored them would break a promise. */
  readonly refused: readonly ConfigProblem[]
  /** Dotted paths of settings without effect. */
  readonly withoutEffect: readonly string[]
}

export function unavailableSettings(config: DrakkarConfig): UnavailableSettings {
  const { executor, kafka, cache, dlq } = config
  const refused = [
    ...when(executor.ordering !== 'none', 'executor.ordering'),
    ...when(executor.mode !== 'process', 'executor.mode'),
    ...when(kafka.client !== 'kafkajs', 'kafka.client'),
    ...configuredInstances(config).flatMap(refusedOfInstance),
  ]
  const withoutEffect = [
    ...when(executor.priority !== 'offset', 'executor.priority'),
    ...when(executor.arrange_concurrency !== 1, 'executor.arrange_concurrency'),
    ...when(executor.hook_timeout_seconds !== null, 'executor.hook_timeout_seconds'),
    ...when(kafka.group_instance_id !== '', 'kafka.group_instance_id'),
    ...when(kafka.startup_align_enabled, 'kafka.startup_align_enabled'),
    ...when(cache.enabled, 'cache.enabled'),
    ...when(config.serving.store !== '', 'serving.store'),
    ...when(dlq.on_failure === 'spool', 'dlq.on_failure: spool (dead letters that cannot be written hold the offset back)'),
    ...when(dlq.max_retries !== 3, 'dlq.max_retries'),
    ...when(config.health.stall_seconds !== 30, 'health.stall_seconds'),
    ...when(config.health.liveness_timeout_seconds !== 60, 'health.liveness_timeout_seconds'),
    ...configuredInstances(config).flatMap(withoutEffectOfInstance),
    ...when(config.metrics.enabled, 'metrics.enabled'),
    ...when(config.debug.enabled, 'debug.enabled'),
    ...when(hasBreakerSettings(config), 'sinks.circuit_breaker'),
  ]
  const problem = (path: string): ConfigProblem => ({ path, message: 'is not available in this version' })
  return { refused: refused.map(problem), withoutEffect }
}

/** The configuration as this version acts upon it: servers it does not open are off. For the summary line. */
export function effectiveConfig(config: DrakkarConfig): DrakkarConfig {
  return {
    ...config,
    metrics: { ...config.metrics, enabled: false },
    debug: { ...config.debug, enabled: false },
    cache: { ...config.cache, enabled: false },
  }
}

function refusedOfInstance({ type, name, framework }: SinkInstanceConfig): string[] {
  const path = `sinks.${type}.${name}`
  return [
    ...when(framework.retry !== undefined, `${path}.retry`),
    ...when(framework.fallback !== undefined, `${path}.fallback`),
    ...when(framework.on_success !== undefined, `${path}.on_success`),
  ]
}

function hasBreakerSettings({ sinks }: DrakkarConfig): boolean {
  return sinks.circuit_breaker.failure_threshold !== 5 || sinks.circuit_breaker.cooldown_seconds !== 30
}

function withoutEffectOfInstance({ type, name, framework }: SinkInstanceConfig): string[] {
  const path = `sinks.${type}.${name}`
  return [
    ...when(framework.batch.max_bytes !== 1_048_576, `${path}.batch.max_bytes`),
    ...when(framework.batch.max_wait_ms !== 0, `${path}.batch.max_wait_ms`),
    ...when(framework.lossy, `${path}.lossy`),
  ]
}

function when(applies: boolean, path: string): string[] {
  return applies ? [path] : []
}
