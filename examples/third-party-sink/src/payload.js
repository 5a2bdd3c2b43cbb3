/** What a handler returns for this sink. `index.d.ts` says the same to TypeScript. */
import { described } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

export const SignedWebhookPayload = Type.Object(
  {
    type: described(Type.String({ pattern: '^[a-z0-9_.]+$' }), 'What happened, for example search.finished.'),
    data: described(Type.Unknown(), 'Any value that has JSON text.'),
  },
  { additionalProperties: false },
)
