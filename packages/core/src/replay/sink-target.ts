/** Replays through the configured sinks themselves (`--mode=sink`): no handler, no lane, the same payloads under the same ids. */
import { SinkError, type Clock, type Logger } from '@drakkar/plugin-sdk'
import { Registry } from 'prom-client'
import { configuredInstances, type SinkInstanceConfig } from '../config/instances.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import { sourceNames } from '../config/source-names.ts'
import { sourceConnectionOf } from '../log/open-log.ts'
import { sinkMetrics } from '../observability/sink-metrics.ts'
import type { SinkRegistry } from '../registry/sink-registry.ts'
import { workerIdentity } from '../runtime/worker-identity.ts'
import type { ReadableEntry } from './dead-letter-entry.ts'
import { ReplaySink } from './replay-sink.ts'
import type { PreparedEntry, ReplayTarget } from './replay-target.ts'
import { sinkPayloads, traceOf } from './sink-payload.ts'

export interface SinkTargetOptions {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly logger: Logger
  readonly clock: Clock
  /** Most payloads of one delivery, beside the sinks' own limits: what the rate allows in a second. */
  readonly maxItems: number | null
}

export interface OpenSinks {
  /** Null: of every type, or name. */
  readonly sinkType: string | null
  readonly sinkName: string | null
  /** False: they are created only (dry run). */
  readonly connect: boolean
  readonly signal: AbortSignal
}

export interface SinkTarget extends ReplayTarget {
  /**
   * Creates and connects the configured sinks a selection names, so that what is wrong with them shows before anything is
   * delivered. Rejects with `DRK_SINK_NOT_CONFIGURED` when there is none, with what makes the first sink unusable otherwise.
   */
  open(call: OpenSinks): Promise<void>
}

/** Sinks that were not opened are created by the first entry that needs them, and connected by the first that is published. */
export function sinkTarget(options: SinkTargetOptions): SinkTarget {
  const instances = new Map(configuredInstances(options.config).map((instance) => [`${instance.type}/${instance.name}`, instance]))
  const metrics = new Registry()
  const sinks = new Map<string, ReplaySink>()
  const { deadLetterTopic, sourceTopic } = sourceNames(options.config)

  async function sinkOf(path: string): Promise<ReplaySink> {
    const known = sinks.get(path)
    if (known !== undefined) return known
    const instance = instances.get(path)
    if (instance === undefined) throw notConfigured(path, [...instances.keys()])
    const sink = await createSink(instance, options, metrics)
    sinks.set(path, sink)
    return sink
  }

  async function prepare(entry: ReadableEntry): Promise<PreparedEntry> {
    const { sink_type: type, sink_name: name } = entry.record
    if (type === 'handler') return { ok: false, reason: 'the handler failed, no sink did; --mode=source brings its message back' }
    const sink = await sinkOf(`${type}/${name}`)
    const payloads = sinkPayloads(entry, { schema: sink.schema, topic: deadLetterTopic, sourceTopic })
    if (!payloads.ok) return payloads
    const { items } = payloads
    return {
      ok: true,
      count: items.length,
      duplicates: 0,
      publish: async (call) => sink.deliver(items, { ...call, trace: traceOf(entry) }),
    }
  }

  async function open({ sinkType, sinkName, connect, signal }: OpenSinks): Promise<void> {
    // What the handler could not process goes through no sink.
    if (sinkType === 'handler') return
    const selected = [...instances].filter(
      ([, { type, name }]) => (sinkType === null || type === sinkType) && (sinkName === null || name === sinkName),
    )
    if (selected.length === 0) throw notConfigured(`${sinkType ?? '*'}/${sinkName ?? '*'}`, [...instances.keys()])
    for (const [path] of selected) {
      const sink = await sinkOf(path)
      if (connect) await sink.connect(signal)
    }
  }

  return {
    prepare,
    open,
    async close() {
      await Promise.all([...sinks.values()].map((sink) => sink.close(options.logger)))
    },
  }
}

async function createSink(instance: SinkInstanceConfig, options: SinkTargetOptions, metrics: Registry): Promise<ReplaySink> {
  const { type, name } = instance
  const { config, registry, logger, clock, maxItems } = options
  const definition = await registry.load(type)
  const context = {
    type,
    name,
    logger,
    metrics: sinkMetrics(metrics, type, name),
    worker: workerIdentity(config, { workerId: 'drakkar-dlq-replay' }),
    sourceConnection: sourceConnectionOf(config),
  }
  return new ReplaySink({ instance, definition, context, clock, maxItems })
}

function notConfigured(path: string, configured: readonly string[]): SinkError {
  const known = configured.length === 0 ? 'none is' : `configured are ${configured.join(', ')}`
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_NOT_CONFIGURED', message: `the sink ${path} is not configured; ${known}` })
}
