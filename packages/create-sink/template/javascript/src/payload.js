/** What a handler returns for this sink: `{ my_type: [{ data: … }] }`. `index.d.ts` says the same to TypeScript. */
import { described } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

export const MyTypePayload = Type.Object(
  {
    data: described(Type.Unknown(), 'Any value that has JSON text.'),
  },
  { additionalProperties: false },
)
