/**
 * Settings the configuration accepts and this version does not act upon: said at start, never ignored in silence. Those
 * that promise something about the data are refused.
 */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import type { DrakkarConfig } from '../config/schema.ts'

export interface UnavailableSettings {
  /** A worker that ignored them would break a promise. */
  readonly refused: readonly ConfigProblem[]
  /** Dotted paths of settings without effect. */
  readonly withoutEffect: readonly string[]
}

export function unavailableSettings(config: DrakkarConfig): UnavailableSettings {
  const { executor, cache } = config
  const refused = [...when(executor.mode !== 'process', 'executor.mode'), ...when(config.serving.store === 'cache', 'serving.store: cache')]
  const withoutEffect = [
    ...when(cache.enabled, 'cache.enabled'),
    ...when(config.health.stall_seconds !== 30, 'health.stall_seconds'),
    ...when(config.health.liveness_timeout_seconds !== 60, 'health.liveness_timeout_seconds'),
    ...when(config.metrics.enabled, 'metrics.enabled'),
    ...when(config.debug.enabled, 'debug.enabled'),
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

function when(applies: boolean, path: string): string[] {
  return applies ? [path] : []
}
