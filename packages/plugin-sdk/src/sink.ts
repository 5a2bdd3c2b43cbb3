/**
 * The sink contract. The numbered rules are in `docs/specs/sink.md`; `@drakkar/plugin-sdk/conformance` tests them.
 */
import type { SinkResponse } from './response.ts'

/** `signal` limits this call, not the resource: after an abort the sink is still usable. */
export interface CallOptions {
  readonly signal: AbortSignal
}

/** Where a payload came from. */
export interface DeliverySource {
  readonly topic: string
  readonly partition: number
  /** Offsets of the source messages, ascending. */
  readonly offsets: readonly number[]
  /** Timestamps of the source messages, Unix milliseconds, parallel to `offsets`. */
  readonly timestamps: readonly number[]
}

/** One payload of a batch. */
export interface DeliveryItem<P> {
  /** Unique in the pipeline, stable over retries and over re-execution (spec NMF-2): usable as an idempotency key. */
  readonly id: string
  readonly payload: P
  /** Earlier attempts for this payload: 0 on the first (spec NMF-23). */
  readonly attempt: number
  readonly source: DeliverySource
}

/** W3C trace context to put into outgoing headers. */
export interface TraceContext {
  readonly traceparent: string
  readonly tracestate?: string
}

export interface DeliverCall extends CallOptions {
  /** Trace context of the payload with this id, if the message carries one. */
  trace(id: string): TraceContext | undefined
}

/** Nothing = every payload arrived. Responses = exactly one per id, in any order. */
export type DeliverResult = void | readonly SinkResponse[]

/**
 * What `create()` returns. Only `deliver` is required; the others mean something by their presence.
 */
export interface Sink<P> {
  /** Proves that the target is usable. Repeatable after a failure. Absent: there is nothing to connect. */
  connect?(call: CallOptions): Promise<void>
  /**
   * Resolves with nothing: all delivered. Resolves with responses: exactly one per id. Throws: none is known to have
   * arrived; a `SinkError` says whether trying again can help, anything else counts as permanent unless its code is
   * one of the connection and time-out codes of spec DLV-17. An empty batch does nothing. Not connected is an error.
   */
  deliver(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<DeliverResult> | DeliverResult
  /**
   * Durability barrier: resolves when all that `deliver` accepted is durable. The watermark waits for it.
   * Absent: `deliver` acknowledges only what is durable.
   */
  flush?(call: CallOptions): Promise<void>
  /** Safe at any time, any number of times, also when `connect` failed. Absent: nothing to release. */
  close?(call: CallOptions): Promise<void>
  /** Health probe: throws when the target is unwell. Has no effect on the target. */
  check?(call: CallOptions): Promise<void>
  /**
   * The line a payload stands in, for ordered sinks: of two payloads in one line the later never overtakes the earlier, also not
   * while that waits to be tried again; other lines pass. Null: this payload has no order. Absent: all payloads stand in
   * one line. Pure, cheap, never throws.
   */
  orderingKey?(payload: P): string | null
  /**
   * What `deliver` would send for the payload, for the dead-letter record. Pure; a throw means the payload cannot be
   * encoded. Absent: the payload as JSON text.
   */
  encode?(payload: P): WireForm
  /** Where SERVE answers are kept when `serving.store` names this instance. */
  readonly servingStore?: ServingStore
  /** What handlers reach as `context.sinks.<type>('<instance>')`, e.g. a connection pool. */
  readonly handle?: unknown
}

/** The bytes a sink sends for one payload. */
export interface WireForm {
  readonly body: Uint8Array
  readonly key?: Uint8Array | null
  readonly headers?: readonly (readonly [name: string, value: Uint8Array])[]
}

/** Keeps answers by request id until they expire (spec NMF-15, NMF-16). */
export interface ServingStore {
  /** Resolves when `get` finds the bytes. Replaces what the id had. Rejects with a `SinkError`. */
  put(id: string, body: Uint8Array, options: CallOptions & { readonly ttlSeconds: number }): Promise<void>
  /** Null: unknown or expired. */
  get(id: string, options: CallOptions): Promise<Uint8Array | null>
}

/** What a sink can do. Every flag has a default, so that a new flag breaks no sink. */
export interface SinkCapabilities {
  /**
   * Default false: one `deliver` per CollectResult and instance.
   * True: payloads of several tasks, messages and partitions may share one `deliver`.
   */
  readonly batching?: boolean
  /**
   * Default false: up to 4 deliveries run at once and payloads may overtake each other.
   * True: one delivery at a time, and no later payload of a key overtakes one that waits to be tried again.
   */
  readonly ordered?: boolean
  /** Default false. True: the sink may answer FALLBACK, and start-up warns when no fallback is configured. */
  readonly fallback?: boolean
  /** Default false. True: it acknowledges payloads before they are safe; only instances with `lossy: true` may be configured. */
  readonly lossy?: boolean
}

/** Structured logger: an event name in snake_case, then fields. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}
export type LogFields = Readonly<Record<string, unknown>>

export interface Counter {
  inc(by?: number): void
}
export interface Gauge {
  set(value: number): void
}
export interface Histogram {
  observe(value: number): void
}

/** Metrics of the sink itself, beyond those the framework writes. Names get the prefix `drakkar_sink_` and the labels
 * `sink_type` and `sink_name`. Asking twice for one name gives the same metric. */
export interface MetricsScope {
  counter(name: string, help: string): Counter
  gauge(name: string, help: string): Gauge
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram
}

export interface WorkerIdentity {
  readonly workerId: string
  readonly clusterName: string
  /** Trailing number of the worker's name, null when it has none (spec NMF-27). */
  readonly replica: number | null
}

/** Connection defaults of the source cluster, so that a Kafka sink without `brokers` inherits them. */
export interface SourceConnection {
  readonly brokers: readonly string[]
  readonly tls: unknown
  readonly sasl: unknown
}

/** Given once, to `create()`. */
export interface SinkContext {
  readonly type: string
  /** Instance name from the configuration. */
  readonly name: string
  readonly logger: Logger
  readonly metrics: MetricsScope
  readonly worker: WorkerIdentity
  /** Null when the source is not Kafka. */
  readonly sourceConnection: SourceConnection | null
}
