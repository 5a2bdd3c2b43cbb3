/** What every sink made of several others has in common: its definition, from those of its children. */
import type { TObject, TSchema } from 'typebox'
import { defineSink, type SinkDefinition } from '../define-sink.ts'
import type { Sink, SinkCapabilities } from '../sink.ts'
import { type Child, type ChildInput, childrenConfig, childrenIdempotent, createChildren, definitionOf } from './child-sink.ts'

export interface ComposedIdentity<S extends TSchema> {
  readonly type: string
  /** What handlers return for the composed sink. */
  readonly payload: S
  readonly payloadKey?: string
  readonly short?: string
}

export interface Composition {
  readonly children: Readonly<Record<string, ChildInput<never>>>
  /** Differs from what the children have in common. */
  readonly capabilities?: SinkCapabilities
  assemble(children: readonly Child[]): Sink<unknown>
}

/**
 * Configuration: one key per child. Idempotent when all children are; `batching` when all can; `ordered`, `fallback` and `lossy`
 * when one is. Throws `PluginError` like `defineSink`, also when a child is called like a key of the framework.
 */
export function defineComposed<S extends TSchema>(identity: ComposedIdentity<S>, composition: Composition): SinkDefinition<TObject, S> {
  const { children, assemble } = composition
  const { type, payload, payloadKey, short } = identity
  const config = childrenConfig(children)
  return defineSink({
    type,
    ...(payloadKey === undefined ? {} : { payloadKey }),
    ...(short === undefined ? {} : { short }),
    config,
    payload,
    idempotent: childrenIdempotent(children),
    capabilities: { ...sharedCapabilities(Object.values(children).map(definitionOf)), ...composition.capabilities },
    create: (values, context) => assemble(createChildren(children, { config: values, context, payload })),
  })
}

function sharedCapabilities(definitions: readonly SinkDefinition[]): SinkCapabilities {
  const some = (flag: keyof SinkCapabilities): boolean => definitions.some(({ capabilities }) => capabilities[flag] === true)
  return {
    batching: definitions.every(({ capabilities }) => capabilities.batching === true),
    ordered: some('ordered'),
    fallback: some('fallback'),
    lossy: some('lossy'),
  }
}

/** `handle`: those of the children by name, each read when it is used, as a connection may not be there yet. The serving store of
 * the only child that has one. */
export function sharedMembers(children: readonly Child[]): Pick<Sink<unknown>, 'handle' | 'servingStore'> {
  const handled = children.filter(({ sink }) => 'handle' in sink)
  const [store, ...more] = children.flatMap(({ sink }) => sink.servingStore ?? [])
  return {
    ...(handled.length > 0 ? { handle: handlesByName(handled) } : {}),
    ...(store !== undefined && more.length === 0 ? { servingStore: store } : {}),
  }
}

function handlesByName(children: readonly Child[]): object {
  const handles = {}
  for (const { name, sink } of children) Object.defineProperty(handles, name, { enumerable: true, get: () => sink.handle })
  return handles
}
