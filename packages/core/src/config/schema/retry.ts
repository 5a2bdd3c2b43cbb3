/** Retry strategy of a sink instance (NMF-19…22). */
import { durationText } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { choice, decimal, section } from './property.ts'

function duration(description: string, byDefault?: string) {
  return durationText({
    description: `${description} \`500ms\`, \`1s\`, \`2m\`, \`1h\`; a plain number is seconds.`,
    'x-rule': 'a duration such as 500ms, 1s, 2m or 1h',
    ...(byDefault === undefined ? {} : { default: byDefault }),
  })
}

export const retrySchema = Type.Object(
  {
    backoff: section('Waits between the attempts.', {
      interval: duration('Wait before the first retry.', '1ms'),
      steps: Type.Optional(Type.Integer({ minimum: 1, description: 'Attempts in all, the first included. Absent: no limit.' })),
      factor: decimal('Growth of the wait from retry to retry.', 1, { minimum: 1 }),
      cap: Type.Optional(duration('Longest wait.')),
      jitter: decimal('Random share added to each wait.', 0, { minimum: 0, exclusiveMaximum: 1 }),
    }),
    on_failure: choice(
      'After the last step: start again, hand over to `fallback`, drop, or ask the handler (`on_delivery_error`).',
      ['retry', 'fallback', 'drop', 'handler'],
      'retry',
    ),
  },
  { additionalProperties: false, description: 'Retry strategy for payloads the sink refused. Absent: `on_delivery_error` decides.' },
)
