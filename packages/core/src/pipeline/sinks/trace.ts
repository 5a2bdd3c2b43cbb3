/** What of a source message travels on with its payloads: trace context and request id, both from its headers. */
import type { TraceContext } from '@drakkar/plugin-sdk'
import type { DeliveryGroup, DeliveryOrigin } from './delivery-group.ts'

/** W3C trace context of the first source message that carries one. */
export function traceOf({ messages }: DeliveryOrigin): TraceContext | undefined {
  for (const { headers } of messages) {
    const traceparent = headerText(headers, 'traceparent')
    if (traceparent === undefined) continue
    const tracestate = headerText(headers, 'tracestate')
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate }
  }
  return undefined
}

/**
 * Under which id a SERVE answer is stored (spec NMF-15): the `payloadId` the handler gave, else the header `x-request-id` of
 * the source message, else the id we made.
 */
export function requestIdOf(group: DeliveryGroup, payloadId: string): string {
  if (group.givenIds.includes(payloadId)) return payloadId
  const [message] = group.origin.messages
  return (message === undefined ? undefined : headerText(message.headers, 'x-request-id')) ?? payloadId
}

function headerText(headers: DeliveryOrigin['messages'][number]['headers'], name: string): string | undefined {
  const found = headers.find(([key]) => key.toLowerCase() === name)
  return found === undefined ? undefined : Buffer.from(found[1]).toString()
}
