/** `fromDrain`: a sink definition made of a `SinkDrain` (spec UNI-4). */
import { Type, type Static, type TObject, type TSchema } from 'typebox'
import type { BackgroundSinkConfig } from '../background-sink.ts'
import { defineSink, type SinkDefinition, type SinkDefinitionInput } from '../define-sink.ts'
import type { SinkDrain } from '../sink-drain.ts'
import type { CallOptions, SinkContext } from '../sink.ts'
import { type DrainAck, DrainSink, FlushedDrainSink } from './drain-sink.ts'

type Shared<C extends TObject, P extends TSchema> = Pick<SinkDefinitionInput<C, P>, 'type' | 'payloadKey' | 'short' | 'idempotent'>

export interface DrainSinkInput<C extends TObject, P extends TSchema> extends Shared<C, P> {
  /** Default: no keys. */
  readonly config?: C
  /** Default: `{ data }`, anything. */
  readonly payload?: P
  /**
   * When a payload counts as delivered. `durable` (default): after a barrier. `written`: after `writeBatch`; the sink then
   * has `flush`, which commits wait for. `queued`: at once; such a sink is lossy, and an instance needs `lossy: true`.
   */
  readonly ack?: DrainAck
  /** Defaults of `BackgroundSink`; with `ack: 'written'` a batch does not wait to fill. */
  readonly queue?: Pick<BackgroundSinkConfig, 'queueCapacity' | 'batchSize' | 'flushIntervalMs' | 'flushTimeoutMs' | 'clock'>
  /** Opens the drain; called by `connect`, again after a failure. The drain's `close` is called once. */
  open(config: Static<C>, context: SinkContext, call: CallOptions): Promise<SinkDrain<Static<P>>> | SinkDrain<Static<P>>
}

/**
 * A sink whose payloads go through a `BackgroundSink` to a drain, in order, as many per `writeBatch` as wait. The failure of a
 * write or of a barrier reaches the payloads that were in it, and no other (spec DRN-12). A batch that the drain refuses for good
 * (not transient) is narrowed down by halves when the sink is idempotent; else all of it fails.
 *
 * Metrics: `drakkar_sink_drain_pushed_total` and its siblings. Throws `PluginError` like `defineSink`.
 */
export function fromDrain<C extends TObject = TObject, P extends TSchema = TSchema>(input: DrainSinkInput<C, P>): SinkDefinition<C, P>
export function fromDrain(input: DrainSinkInput<TObject, TSchema>): SinkDefinition {
  const { ack = 'durable', queue, open, idempotent = false, ...rest } = input
  const schema: TObject = input.config ?? Type.Object({}, { additionalProperties: false })
  return defineSink({
    ...rest,
    config: schema,
    payload: input.payload ?? Type.Object({ data: Type.Unknown() }),
    idempotent,
    capabilities: { batching: true, ordered: true, lossy: ack === 'queued' },
    create(config, context) {
      const { logger, metrics } = context
      const parts = {
        ack,
        context,
        idempotent: typeof idempotent === 'function' ? idempotent(config) : idempotent,
        queue: { ...(ack === 'written' ? { flushIntervalMs: 0 } : {}), ...queue, logger, metrics, metricPrefix: 'drain' },
        open: (call: CallOptions) => open(config, context, call),
      }
      return ack === 'written' ? new FlushedDrainSink(parts) : new DrainSink(parts)
    },
  })
}
