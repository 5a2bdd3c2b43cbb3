/** A definition whose sinks are those of another one, wrapped; type, schemas and capabilities stay. */
import type { Static, TObject, TSchema } from 'typebox'
import { defineSink, type SinkDefinition } from '../define-sink.ts'
import type { Sink, SinkCapabilities, SinkContext } from '../sink.ts'

export interface WrappedInstance {
  readonly context: SinkContext
  /** Whether this instance may repeat a payload, by its definition. */
  readonly idempotent: boolean
}

export interface Wrapping<P> {
  /** Differs from those of the wrapped definition. */
  readonly capabilities?: SinkCapabilities
  wrap(sink: Sink<P>, instance: WrappedInstance): Sink<P>
}

export function wrapDefinition<C extends TObject, S extends TSchema>(
  definition: SinkDefinition<C, S>,
  { capabilities, wrap }: Wrapping<Static<S>>,
): SinkDefinition<C, S> {
  return defineSink({
    ...definition,
    capabilities: { ...definition.capabilities, ...capabilities },
    create(config, context) {
      const { idempotent } = definition
      const sink = definition.create(config, context)
      return wrap(sink, { context, idempotent: typeof idempotent === 'function' ? idempotent(config) : idempotent })
    },
  })
}
