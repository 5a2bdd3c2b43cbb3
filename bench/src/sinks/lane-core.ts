/**
 * The part of core that delivers to sinks. Core does not export it, and a worker around it would be measured too, so it is
 * taken from core's build.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AppLogger, DrakkarConfig, SinkRegistry } from '@drakkar/core'
import type { Clock, CollectResult, DeliverySource, WorkerIdentity } from '@drakkar/plugin-sdk'
import type { Registry } from 'prom-client'

export interface LaneCore {
  buildSinks(options: LaneCoreOptions): Promise<readonly object[]>
  createManager(sinks: readonly object[]): LaneManager
}

export interface LaneCoreOptions {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly worker: WorkerIdentity
  readonly sourceConnection: object | null
  readonly metrics: Registry
  readonly deadLetters: object
  readonly hooks: () => object
  readonly throttle: (...args: never[]) => void
  readonly serve: (...args: never[]) => Promise<void>
  readonly convert: object | null
  readonly clock: Clock
  readonly random: () => number
  readonly logger: AppLogger
}

export interface LaneManager {
  connectAll(signal: AbortSignal): Promise<void>
  route(result: CollectResult): readonly object[]
  /** Resolves true when every payload has an end state. */
  deliver(groups: readonly object[], origin: LaneOrigin): Promise<boolean>
  idle(): Promise<void>
  closeAll(signal: AbortSignal): Promise<void>
  snapshot(): readonly LaneSnapshot[]
}

/** Where a CollectResult came from. */
export interface LaneOrigin {
  readonly source: DeliverySource
  readonly messages: readonly []
  readonly taskIds: readonly string[]
  readonly idPrefix: string
  readonly signal: AbortSignal
}

export interface LaneSnapshot {
  /** Calls of the sink that delivered something. */
  readonly delivered_count: number
  readonly delivered_payloads: number
  readonly error_count: number
}

/** Rejects when core is not built. */
export async function loadLaneCore(): Promise<LaneCore> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@drakkar/core/package.json')), 'dist')
  const load = (path: string) => import(pathToFileURL(join(folder, path)).href)
  const [{ buildSinks }, { SinkManager }] = await Promise.all([load('runtime/build-sinks.js'), load('pipeline/sinks/sink-manager.js')])
  return { buildSinks, createManager: (sinks) => new SinkManager(sinks) }
}
