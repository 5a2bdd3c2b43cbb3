/** What authors and users rely on the compiler for. Checked by `tsc`; nothing here runs. */
import { expectTypeOf } from 'vitest'
import { Type } from 'typebox'
import { z } from 'zod'
import {
  BaseSink,
  childSink,
  compileInput,
  defineSink,
  fanOut,
  fromDrain,
  ok,
  routing,
  type CollectResult,
  type DeliveryItem,
  type InputOf,
  type Sink,
  type SinkDefinition,
  type SinkResponse,
  withRetry,
} from '@drakkar/plugin-sdk'

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    orders: { id: string }
    alerts: { text: string }
    unused: { n: number }
  }
  interface ConfiguredSinks {
    orders: 'main'
    alerts: 'mail' | 'pager'
  }
}

// A sink that is the only one of its type need not be named; one of several must be.
export const named: CollectResult = {
  orders: [{ id: 'o1' }, { id: 'o2', sink: 'main' }, { id: 'o3', sink: '' }],
  alerts: [{ text: 'x', sink: 'pager' }],
}
// @ts-expect-error there are two `alerts` sinks
export const ambiguous: CollectResult = { alerts: [{ text: 'x' }] }
// @ts-expect-error an empty name is as ambiguous as none
export const emptyName: CollectResult = { alerts: [{ text: 'x', sink: '' }] }
// @ts-expect-error no `orders` sink has this name
export const unknownName: CollectResult = { orders: [{ id: 'o1', sink: 'mian' }] }
// @ts-expect-error the configuration has no sink of this type
export const notConfigured: CollectResult = { unused: [{ n: 1 }] }
// @ts-expect-error no package owns this key
export const unknownKey: CollectResult = { oders: [{ id: 'o1' }] }
// @ts-expect-error the payload is wrong
export const wrongPayload: CollectResult = { orders: [{ id: 1 }] }
export const custom: CollectResult = {
  custom: [
    { sink: 'anything', data: { any: 'thing' } },
    { data: 1, payloadId: 'p1' },
  ],
}

// The configuration and the payload come from the schemas.
export const inferred = defineSink({
  type: 'inferred',
  config: Type.Object({ url: Type.String(), retries: Type.Optional(Type.Integer()) }),
  payload: Type.Object({ key: Type.String() }),
  idempotent: (config) => config.url === '',
  create(config) {
    expectTypeOf(config).toEqualTypeOf<{ url: string; retries?: number }>()
    return {
      deliver(batch) {
        expectTypeOf(batch).toEqualTypeOf<readonly DeliveryItem<{ key: string }>[]>()
        return batch.map((item) => ok(item.id))
      },
    }
  },
})
export const anyDefinition: SinkDefinition = inferred

export const oneFunction = defineSink({
  type: 'one_function',
  payload: Type.Object({ n: Type.Number() }),
  process(payload) {
    expectTypeOf(payload).toEqualTypeOf<{ n: number }>()
  },
})

export const derived = defineSink({ ...inferred, type: 'derived', idempotent: true })
expectTypeOf(derived.create).toEqualTypeOf(inferred.create)

// A wrapper keeps the types of what it wraps; a child's payload is typed by the child (UNI-17).
expectTypeOf(withRetry(inferred)).toEqualTypeOf(inferred)
const Order = Type.Object({ id: Type.Integer() })
type Order = { id: number }
export const children = {
  inferred: childSink(inferred, ({ id }: Order) => ({ key: `${id}` })),
  // @ts-expect-error the child's `key` is a string
  wrong: childSink(inferred, ({ id }: Order) => ({ key: id })),
}
export const composed = fanOut({ type: 'composed', payload: Order, children: { inferred: children.inferred } })
expectTypeOf(composed.payload).toEqualTypeOf<typeof Order>()
routing({
  type: 'routed',
  payload: Order,
  children: { inferred: children.inferred },
  route(payload) {
    expectTypeOf(payload).toEqualTypeOf<Order>()
    return payload.id > 0 ? 'inferred' : null
  },
})
routing({
  type: 'routed',
  payload: Order,
  // @ts-expect-error this child takes another payload than orders
  children: { other: childSink(inferred, (payload: { name: string }) => ({ key: payload.name })) },
  route: () => null,
})
fromDrain({
  type: 'drained',
  config: Type.Object({ path: Type.String() }),
  payload: Order,
  open(config) {
    expectTypeOf(config).toEqualTypeOf<{ path: string }>()
    return {
      async writeBatch(batch) {
        expectTypeOf(batch).toEqualTypeOf<readonly Order[]>()
      },
    }
  },
})

// @ts-expect-error `deliver` is the one member a sink must have
export const noDeliver: Sink<string> = { close: async () => {} }
// @ts-expect-error a failure needs a reason
export const noReason: SinkResponse = { id: 'a', status: 'failure' }

// @ts-expect-error BaseSink asks for open, write and release
export class Incomplete extends BaseSink<string> {}

const zodSchema = z.object({ n: z.coerce.number() })
const typeboxSchema = Type.Object({ n: Type.Number() })
expectTypeOf<InputOf<typeof zodSchema>>().toEqualTypeOf<{ n: number }>()
expectTypeOf<InputOf<typeof typeboxSchema>>().toEqualTypeOf<{ n: number }>()
expectTypeOf(compileInput(typeboxSchema).decode).parameter(0).toEqualTypeOf<unknown>()
