/** Configured instances → managed sinks: loads their definitions and creates them (spec REG-9). */
import {
  type Clock,
  errorMessage,
  PluginError,
  redactText,
  type SinkContext,
  type SourceConnection,
  type WorkerIdentity,
} from '@drakkar/plugin-sdk'
import { configuredInstances, type SinkInstanceConfig } from '../config/instances.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import type { DeadLetters } from '../dlq/dead-letters.ts'
import type { AppLogger } from '../observability/logger.ts'
import { sinkMetrics } from '../observability/sink-metrics.ts'
import type { Hooks } from '../pipeline/collect/hooks.ts'
import { createFailurePolicy } from '../pipeline/sinks/failure-policy.ts'
import { ManagedSink } from '../pipeline/sinks/managed-sink.ts'
import type { SinkRegistry } from '../registry/sink-registry.ts'
import type { Registry } from 'prom-client'

export interface BuildSinksOptions {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly worker: WorkerIdentity
  readonly sourceConnection: SourceConnection | null
  readonly metrics: Registry
  readonly deadLetters: DeadLetters
  /** Created after the sinks, because hooks reach sinks; called only while delivering. */
  readonly hooks: () => Hooks
  readonly clock: Clock
  readonly random: () => number
  readonly logger: AppLogger
}

/** Rejects with a `PluginError` naming type and instance. */
export async function buildSinks(options: BuildSinksOptions): Promise<readonly ManagedSink[]> {
  return Promise.all(configuredInstances(options.config).map((instance) => buildSink(instance, options)))
}

async function buildSink(instance: SinkInstanceConfig, options: BuildSinksOptions): Promise<ManagedSink> {
  const definition = await options.registry.load(instance.type)
  const logger = options.logger.child({ category: 'sink', sink_type: instance.type, sink_name: instance.name })
  const policy = createFailurePolicy({
    type: instance.type,
    name: instance.name,
    counters: () => managed.lane.counters,
    deadLetters: options.deadLetters,
    logger,
    onDeliveryError: (error, group) => options.hooks().deliveryError(error, group.origin.signal),
  })
  const managed = createManaged({
    definition,
    instance,
    logger,
    plugin: instance.custom || isPlugin(options.registry, instance.type),
    maxRetries: options.config.executor.max_retries,
    context: sinkContext(instance, logger, options),
    ports: { clock: options.clock, random: options.random, decide: policy },
  })
  return managed
}

function createManaged(options: ConstructorParameters<typeof ManagedSink>[0]): ManagedSink {
  try {
    return new ManagedSink(options)
  } catch (error) {
    const { type, name } = options.instance
    throw new PluginError({
      code: 'DRK_PLUGIN_LOAD_FAILED',
      sinkType: type,
      message: `sinks.${type}.${name}: the sink could not be created: ${redactText(errorMessage(error))}`,
      cause: error,
    })
  }
}

function isPlugin(registry: SinkRegistry, type: string): boolean {
  const entry = registry.get(type)
  return entry !== null && entry.origin !== 'official'
}

function sinkContext(instance: SinkInstanceConfig, logger: AppLogger, options: BuildSinksOptions): SinkContext {
  return {
    type: instance.type,
    name: instance.name,
    logger,
    metrics: sinkMetrics(options.metrics, instance.type, instance.name),
    worker: options.worker,
    sourceConnection: options.sourceConnection,
  }
}
