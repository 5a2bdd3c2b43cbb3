/** A target of a scenario: a real server with sink instances in front of it, each behind a proxy of its own where there is a network. */
import type { FaultProxy } from '../fault-proxy.ts'

export interface TargetInstance {
  readonly name: string
  /** The sink's own settings. */
  readonly config: Readonly<Record<string, unknown>>
  /** Null: there is no network between. */
  readonly proxy: FaultProxy | null
  /** Per key the target's order is the source's. */
  readonly ordered: boolean
  /** A payload that is delivered twice is there once. */
  readonly once: boolean
  /** Tries again by itself, so that the worker sees no failure of it. */
  readonly retriesInside?: boolean
  /** Text in the request after whose answer a payload counts as delivered. */
  readonly acknowledged: string
  /** Ids in the target, once for each copy, read past the proxy; in the order of their arrival where the target knows it. */
  delivered(): Promise<readonly string[]>
  /** Where the target knows only what came last: per key the largest `n` and the one that is there. */
  lastOfKeys?(): Promise<ReadonlyMap<string, number>>
}

export interface Target extends AsyncDisposable {
  /** `mongo (FerretDB)`. */
  readonly label: string
  /** `sinks.<type>`. */
  readonly type: string
  readonly payloadKey: string
  readonly instances: readonly TargetInstance[]
  /** Ends the server the hard way. */
  kill(): Promise<void>
  /** Starts it again with its data. */
  restart(): Promise<void>
}
