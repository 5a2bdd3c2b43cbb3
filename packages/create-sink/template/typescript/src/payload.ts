/** What a handler returns for this sink: `{ my_type: [{ data: … }] }`. */
import { described } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

export const MyTypePayload = Type.Object(
  {
    data: described(Type.Unknown(), 'Any value that has JSON text.'),
  },
  { additionalProperties: false },
)
export type MyTypePayload = Static<typeof MyTypePayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    my_type: MyTypePayload
  }
}
