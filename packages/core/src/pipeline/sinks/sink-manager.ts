/**
 * All configured sinks together: connect, route and deliver, flush, close (spec sections 13 and 14). This folder
 * delivers *to* sinks; the sinks themselves are packages.
 */
import { setMaxListeners } from 'node:events'
import type { CollectResult } from '@drakkar/plugin-sdk'
import type { SinkStats } from '../../model/sink-stats.ts'
import type { CircuitSnapshot } from './circuit.ts'
import { DeliveryGroup, type DeliveryOrigin } from './delivery-group.ts'
import type { Lane } from './lane.ts'
import type { ManagedSink } from './managed-sink.ts'
import { createRouter, type RoutedGroup, type Router } from './route.ts'
import { SinkNotConfiguredError } from './routing-errors.ts'

export interface SinkSnapshot extends SinkStats, CircuitSnapshot {
  readonly sink_type: string
  readonly sink_name: string
  readonly ui_url: string
  readonly connected: boolean
  readonly queue_depth: number
}

export class SinkManager {
  readonly sinks: readonly ManagedSink[]
  readonly #route: Router<ManagedSink>

  /** Links fallbacks and followers; the configuration has been checked for them (spec NMF-14). */
  constructor(sinks: readonly ManagedSink[]) {
    this.sinks = sinks
    this.#route = createRouter(sinks)
    const byPath = new Map(sinks.map((sink) => [sink.path, sink]))
    const find = (path: string | undefined): ManagedSink | null => (path === undefined ? null : (byPath.get(path) ?? null))
    for (const sink of sinks) sink.linkTo({ fallback: find(sink.links.fallback), onSuccess: find(sink.links.onSuccess) })
  }

  /**
   * Connects all at once. When one fails the others are let finish and the first error in configuration order is
   * thrown; the caller then closes all (spec SNK-6, SNK-7).
   */
  async connectAll(signal: AbortSignal): Promise<void> {
    setMaxListeners(0, signal)
    const results = await Promise.allSettled(this.sinks.map((sink) => sink.connect(signal)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  /** Checks a hook's result and says what goes where. Throws a routing error; nothing is delivered then. */
  route(result: CollectResult | null | undefined | void): readonly RoutedGroup<ManagedSink>[] {
    return result === null || result === undefined ? [] : this.#route(result)
  }

  /** Resolves true when every payload has an end state, false when something was given up unsettled. */
  deliver(groups: readonly RoutedGroup<ManagedSink>[], origin: DeliveryOrigin): Promise<boolean> {
    const [first] = groups
    // Most results are for one sink.
    return first !== undefined && groups.length === 1 ? submit(makeGroup(first, origin)) : deliverToSeveral(groups, origin)
  }

  /** Until the returned function is called, no lane waits for company: partitions leave, or the worker stops (spec BSP-5). */
  hurry(): () => void {
    const calms = this.sinks.map((sink) => sink.lane.hurry())
    return () => {
      for (const calm of calms) calm()
    }
  }

  /** Resolves when no lane has anything queued or in flight. */
  async idle(): Promise<void> {
    await Promise.all(this.sinks.map((sink) => sink.lane.idle()))
  }

  /** Never rejects: failures are logged (spec SNK-11). */
  async closeAll(signal: AbortSignal): Promise<void> {
    setMaxListeners(0, signal)
    await Promise.all(this.sinks.map((sink) => sink.close(signal)))
  }

  /** What `create()` returned as `handle`, for `context.sinks.<type>('<instance>')`. */
  handle(type: string, name: string | undefined): unknown {
    const ofType = this.sinks.filter((sink) => sink.type === type)
    const found = name === undefined ? ofType[0] : ofType.find((sink) => sink.name === name)
    if (found === undefined)
      throw new SinkNotConfiguredError(`no '${type}' sink${name === undefined ? '' : ` named '${name}'`} is configured`)
    return found.sink.handle
  }

  snapshot(): readonly SinkSnapshot[] {
    return this.sinks.map((sink) => ({
      sink_type: sink.type,
      sink_name: sink.name,
      ui_url: sink.uiUrl,
      connected: sink.isConnected,
      queue_depth: sink.lane.queueDepth,
      ...sink.lane.circuit.snapshot(),
      ...sink.lane.counters.snapshot(),
    }))
  }
}

interface MadeGroup {
  readonly lane: Lane
  readonly group: DeliveryGroup
}

function makeGroup({ target, payloads }: RoutedGroup<ManagedSink>, origin: DeliveryOrigin): MadeGroup {
  return { lane: target.lane, group: new DeliveryGroup(origin, payloads, target.grouping) }
}

function submit({ lane, group }: MadeGroup): Promise<boolean> {
  return lane.submit(group)
}

async function deliverToSeveral(groups: readonly RoutedGroup<ManagedSink>[], origin: DeliveryOrigin): Promise<boolean> {
  // All are made before the first is sent: a payload that cannot be read stops the whole result, as a wrong one does.
  const made = groups.map((group) => makeGroup(group, origin))
  const ends = await Promise.all(made.map(submit))
  return ends.every(Boolean)
}
