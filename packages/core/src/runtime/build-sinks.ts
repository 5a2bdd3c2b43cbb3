/** Configured instances → managed sinks: loads their definitions and creates them (spec REG-9). */
import { type Clock, PluginError, type SinkContext, type SourceConnection, type WorkerIdentity } from '@drakkar/plugin-sdk'
import { configError } from '../config/problems.ts'
import { configuredInstances, type SinkInstanceConfig } from '../config/instances.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import type { DeadLetters } from '../dlq/dead-letters.ts'
import type { AppLogger } from '../observability/logger.ts'
import { sinkMetrics } from '../observability/sink-metrics.ts'
import type { Hooks } from '../pipeline/collect/hooks.ts'
import { createFailurePolicy } from '../pipeline/sinks/failure-policy.ts'
import { ManagedSink } from '../pipeline/sinks/managed-sink.ts'
import type { PayloadConverter } from '../pipeline/sinks/hand-over.ts'
import type { SinkRegistry } from '../registry/sink-registry.ts'
import type { Registry } from 'prom-client'
import { creationProblem, lossyProblem } from './sink-problems.ts'

export interface BuildSinksOptions {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly worker: WorkerIdentity
  readonly sourceConnection: SourceConnection | null
  readonly metrics: Registry
  readonly deadLetters: DeadLetters
  /** Created after the sinks, because hooks reach sinks; called only while delivering. */
  readonly hooks: () => Hooks
  /** Asks the source to rest; the name tells who asks and why. */
  readonly throttle: (name: string, active: boolean) => void
  /** Stores a SERVE answer. */
  readonly serve: (requestId: string, body: Uint8Array, signal: AbortSignal) => Promise<void>
  /** The handler's `convertPayload`. */
  readonly convert: PayloadConverter | null
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
  const { type, name, framework } = instance
  const logger = options.logger.child({ category: 'sink', sink_type: type, sink_name: name })
  const lossy = lossyProblem(instance, definition)
  if (lossy !== null) throw configError([lossy])
  if (definition.capabilities.fallback === true && framework.fallback === undefined) logger.warn('sink_fallback_missing', {})
  return createManaged({
    definition,
    instance,
    logger,
    plugin: instance.custom || isPlugin(options.registry, type),
    maxRetries: options.config.executor.max_retries,
    context: sinkContext(instance, logger, options),
    convert: options.convert,
    ports: {
      clock: options.clock,
      random: options.random,
      serve: options.serve,
      throttle: (reason, active) => options.throttle(`${type}/${name}:${reason}`, active),
    },
    exits: (sink) =>
      createFailurePolicy({
        type,
        name,
        encode: sink.encode?.bind(sink),
        deadLetters: options.deadLetters,
        onDeliveryError: (error, group) => options.hooks().deliveryError(error, group.origin.signal),
      }),
  })
}

function createManaged(options: ConstructorParameters<typeof ManagedSink>[0]): ManagedSink {
  try {
    return new ManagedSink(options)
  } catch (error) {
    const { path, message } = creationProblem(options.instance, error)
    throw new PluginError({
      code: 'DRK_PLUGIN_LOAD_FAILED',
      sinkType: options.instance.type,
      message: `${path}: ${message}`,
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
