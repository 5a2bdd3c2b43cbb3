/** Circuit breaker settings: defaults under `sinks.circuit_breaker`, overrides per instance (CFG-36, CB-20). */
import { Type } from 'typebox'
import { choice, decimal, integer, section } from './property.ts'

const onOpenText = 'While the breaker is open: send payloads to the dead-letter log, or pause the source.'
const thresholdText = 'Consecutive failures that open the breaker.'
const cooldownText = 'Time until a probe is let through, in seconds. 0: the next batch is a probe.'

export const circuitBreakerSchema = section('Circuit breaker of every sink instance.', {
  failure_threshold: integer(thresholdText, 5, { minimum: 1 }),
  cooldown_seconds: decimal(cooldownText, 30, { minimum: 0 }),
  on_open: choice(onOpenText, ['dlq', 'hold'], 'dlq'),
})

/** What an instance gives replaces the value of `sinks.circuit_breaker` key by key. */
export const circuitBreakerOverrideSchema = Type.Object(
  {
    failure_threshold: Type.Optional(Type.Integer({ minimum: 1, description: thresholdText })),
    cooldown_seconds: Type.Optional(Type.Number({ minimum: 0, description: cooldownText })),
    on_open: Type.Optional(Type.Enum(['dlq', 'hold'], { description: onOpenText })),
  },
  { additionalProperties: false, description: 'Circuit breaker of this instance. Absent keys: those of `sinks.circuit_breaker`.' },
)
