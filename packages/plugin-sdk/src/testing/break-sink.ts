/** Makes a broken sink out of the memory sink by replacing some of its members. */
import { Type, type TProperties } from 'typebox'
import { defineSink, type SinkDefinition } from '../define-sink.ts'
import type { CallOptions, DeliverCall, DeliverResult, DeliveryItem, ServingStore, Sink, WireForm } from '../sink.ts'
import { MemoryConfig, type MemoryPayload, memorySink, type MemorySinkOptions } from './memory-sink.ts'
import type { MemoryStore } from './memory-store.ts'

export type BrokenSink = (store: MemoryStore) => SinkDefinition

export type Batch = readonly DeliveryItem<MemoryPayload>[]

/** The members of the whole memory sink. */
interface Members {
  connect(call: CallOptions): Promise<void>
  deliver(batch: Batch, call: DeliverCall): Promise<DeliverResult>
  flush(call: CallOptions): Promise<void>
  close(call: CallOptions): Promise<void>
  check(call: CallOptions): Promise<void>
  orderingKey(payload: MemoryPayload): string | null
  encode(payload: MemoryPayload): WireForm
  servingStore: ServingStore
}

/** `replace` is called for every sink that is created, and gives the members that differ. */
export function breakSink(
  store: MemoryStore,
  replace: (whole: Members) => Partial<Members>,
  options: MemorySinkOptions = {},
): SinkDefinition {
  const definition = memorySink(store, options)
  return defineSink({
    ...definition,
    create(config, context) {
      const sink = definition.create(config, context)
      const whole: Members = {
        connect: async (call) => sink.connect?.(call),
        deliver: async (batch, call) => sink.deliver(batch, call),
        flush: async (call) => sink.flush?.(call),
        close: async (call) => sink.close?.(call),
        check: async (call) => sink.check?.(call),
        ...optionalMembers(sink),
      }
      return { ...whole, ...replace(whole) }
    },
  })
}

function optionalMembers(sink: Sink<MemoryPayload>): Pick<Members, 'orderingKey' | 'encode' | 'servingStore'> {
  const { orderingKey, encode, servingStore } = sink
  if (orderingKey === undefined || encode === undefined || servingStore === undefined) throw new Error('the memory sink has every member')
  return { orderingKey: orderingKey.bind(sink), encode: encode.bind(sink), servingStore }
}

/** The memory sink with further configuration properties. */
export function withConfig(store: MemoryStore, properties: TProperties): SinkDefinition {
  const config = Type.Object({ ...MemoryConfig.properties, ...properties }, { additionalProperties: false })
  return defineSink({ ...memorySink(store), config })
}

/** Replaces the failure of a delivery to a store that cannot be reached. */
export async function whenUnreachable(
  store: MemoryStore,
  delivery: Promise<DeliverResult>,
  replace: (error: unknown) => DeliverResult,
): Promise<DeliverResult> {
  try {
    return await delivery
  } catch (error) {
    if (store.isReachable) throw error
    return replace(error)
  }
}

export function isRefused(item: DeliveryItem<MemoryPayload>): boolean {
  return item.payload.key.startsWith('bad')
}

/** The same call without its signal's effect. */
export function deaf<C extends CallOptions>(call: C): C {
  return { ...call, signal: new AbortController().signal }
}
