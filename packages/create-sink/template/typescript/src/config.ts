/** `sinks.my_type.<instance>`: what an operator may set. Every property has a description; secrets are made with `secret()`. */
import { described } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

export const MyTypeConfig = Type.Object(
  {
    folder: described(Type.String({ minLength: 1 }), 'Existing folder that gets one file per payload.'),
  },
  { additionalProperties: false, description: 'Writes each payload as a JSON file.' },
)
export type MyTypeConfig = Static<typeof MyTypeConfig>
