/** Keys of a sink instance that belong to the framework: taken out before the sink's own schema sees the rest (design 13). */
import { Type } from 'typebox'
import { circuitBreakerOverrideSchema } from './circuit-breaker.ts'
import { flag, integer, section, text } from './property.ts'
import { retrySchema } from './retry.ts'

const address = '^[^/]+/[^/]+$'

export const sinkInstanceSchema = Type.Object({
  circuit_breaker: Type.Optional(circuitBreakerOverrideSchema),
  idempotent: Type.Optional(
    Type.Boolean({ description: 'May one payload arrive twice without harm? Absent: what the sink says of itself.' }),
  ),
  batch: section('How payloads gather into one delivery. Only for sinks that can batch.', {
    max_items: integer('Most payloads in one delivery.', 500, { minimum: 1 }),
    max_bytes: integer('Most bytes in one delivery. A single larger payload goes alone.', 1_048_576, { minimum: 1 }),
    max_wait_ms: integer('Longest time a payload waits for company, in milliseconds. 0: an idle lane delivers at once.', 0, { minimum: 0 }),
  }),
  max_in_flight: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Deliveries that may run at once. Absent: 1 for ordered sinks, 4 for others.' }),
  ),
  retry: Type.Optional(retrySchema),
  fast_retries: integer('Quick retries of a transient failure of an idempotent sink (50, 100, 200 ms).', 3, { minimum: 0 }),
  fallback: Type.Optional(
    Type.String({
      pattern: address,
      'x-rule': 'a sink written "type/name"',
      description: 'Sink, `type/name`, that takes what this one cannot.',
    }),
  ),
  on_success: Type.Optional(
    Type.String({
      pattern: address,
      'x-rule': 'a sink written "type/name"',
      description: 'Sink, `type/name`, told of what this one delivered.',
    }),
  ),
  delivery_timeout_seconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'Time limit of one delivery, in seconds. Absent: none.' }),
  ),
  connect_timeout_seconds: Type.Number({
    exclusiveMinimum: 0,
    default: 30,
    description: 'Time limit of connecting at start-up, in seconds.',
  }),
  lossy: flag('Accept a sink that acknowledges payloads before they are safe.', false),
  ui_url: text('Address of a page about the target, for links.', ''),
})
