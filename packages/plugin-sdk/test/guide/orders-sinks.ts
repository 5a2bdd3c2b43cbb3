import { childSink, fanOut, routing, withFallback, withRetry } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'
import shoutSink from './smallest-sink.ts'
import webhookSink from './webhook-sink.ts'

const Order = Type.Object({ id: Type.String(), country: Type.String() }, { additionalProperties: false })
type Order = Static<typeof Order>

/** Sinks of different payloads: each child gets its own, checked by its schema and by the compiler. */
const announce = childSink(shoutSink, (order: Order) => ({ text: `order ${order.id}` }))
const notify = childSink(withRetry(webhookSink), (order: Order) => ({ text: order.id }))

/** `sinks.orders.main: { notify: { url: … } }`. An order has arrived when both took it; a retry goes to the one that did not. */
export const ordersSink = fanOut({ type: 'orders', payload: Order, children: { announce, notify } })

/** One child per order. No child and no default: a permanent failure. */
export const regionalSink = routing({
  type: 'regional_orders',
  payload: Order,
  children: { europe: notify, elsewhere: announce },
  route: ({ country }) => (country === 'NO' ? 'europe' : null),
  defaultChild: 'elsewhere',
})

/** `primary` and `secondary` are its configuration keys. */
export const safeSink = withFallback(webhookSink, { secondary: shoutSink })
