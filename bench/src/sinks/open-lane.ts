/** A sink as a worker runs it, without the worker: configuration, routing, lane, sink. */
import { SinkRegistry, validateConfig } from '@drakkar/core'
import { systemClock, type CollectResult, type SinkDefinition } from '@drakkar/plugin-sdk'
import { Registry } from 'prom-client'
import { problemAppLogger } from '../problem-logger.ts'
import type { LaneCore, LaneManager, LaneOrigin } from './lane-core.ts'
import type { Payload } from './target.ts'

const instance = 'main'
const closeTimeoutMs = 30_000

export interface LaneOptions {
  readonly definition: SinkDefinition
  /** The sink's own part. */
  readonly config: Payload
  readonly maxItems: number
  readonly inFlight: number
}

export interface OpenLane extends AsyncDisposable {
  /** One CollectResult with these payloads. Rejects when it is refused or not all of it is delivered. */
  deliver(payloads: readonly Payload[]): Promise<void>
  /** Calls of the sink so far. */
  deliveries(): number
}

/** Rejects when the sink cannot be configured or connected. */
export async function openLane(core: LaneCore, options: LaneOptions): Promise<OpenLane> {
  const manager = core.createManager(await buildSink(core, options))
  await manager.connectAll(AbortSignal.timeout(closeTimeoutMs))
  const life = new AbortController()
  let results = 0
  return {
    deliver: async (payloads) => {
      results += 1
      const groups = manager.route(collectResult(options.definition.payloadKey, payloads))
      assertSettled(await manager.deliver(groups, originOf(results, life.signal)))
    },
    deliveries: () => deliveriesOf(manager),
    [Symbol.asyncDispose]: async () => {
      await manager.idle()
      await manager.closeAll(AbortSignal.timeout(closeTimeoutMs))
    },
  }
}

function assertSettled(isSettled: boolean): void {
  if (!isSettled) throw new Error('a group was given up')
}

function buildSink(core: LaneCore, { definition, config, maxItems, inFlight }: LaneOptions): Promise<readonly object[]> {
  const { type } = definition
  const framework = { batch: { max_items: maxItems, max_bytes: 1 << 30 }, max_in_flight: inFlight }
  const loaded = validateConfig(
    { kafka: { source_topic: 'bench' }, sinks: { [type]: { [instance]: { ...config, ...framework } } } },
    { sinkSchemas: new Map([[type, definition.config]]) },
  )
  const registry = new SinkRegistry()
  registry.register(definition)
  return core.buildSinks({
    config: loaded.config,
    registry,
    worker: { workerId: 'bench', clusterName: '', replica: null },
    sourceConnection: null,
    metrics: new Registry(),
    deadLetters: { facts: refuseFailure, send: refuseFailure },
    hooks: () => ({ deliveryError: refuseFailure }),
    throttle: () => undefined,
    serve: () => Promise.reject(new Error('no sink of the race answers with SERVE')),
    convert: null,
    clock: systemClock,
    random: Math.random,
    logger: problemAppLogger,
  })
}

/** A race with failed deliveries has no result. */
function refuseFailure(error: unknown): never {
  throw new Error('a delivery failed', { cause: error })
}

function collectResult(key: string, payloads: readonly Payload[]): CollectResult {
  return { [key]: payloads }
}

/** As that of a task with one message. */
function originOf(result: number, signal: AbortSignal): LaneOrigin {
  return {
    source: { topic: 'bench', partition: 0, offsets: [result], timestamps: [0] },
    messages: [],
    taskIds: ['task'],
    idPrefix: `bench-${result}`,
    signal,
  }
}

/** Throws when anything had to be tried again: then something else than delivering was measured. */
function deliveriesOf(manager: LaneManager): number {
  const stats = manager.snapshot()
  const errors = stats.reduce((sum, { error_count: count }) => sum + count, 0)
  if (errors > 0) throw new Error(`${errors} deliveries failed on the way`)
  return stats.reduce((sum, { delivered_count: count }) => sum + count, 0)
}
