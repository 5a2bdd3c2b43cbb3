/** Payload of the MongoDB sink. */
import { Type, type Static } from 'typebox'
import type { MongoHandle } from './client.ts'

/** One document (spec MGS-1, COL-5). */
export const MongoPayload = Type.Object(
  {
    collection: Type.String({ description: 'Collection of the configured database. The server makes one that is missing.' }),
    data: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The document. Without `_id` it gets one; the object itself is not changed.',
    }),
  },
  { additionalProperties: false },
)
export type MongoPayload = Static<typeof MongoPayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    mongo: MongoPayload
  }
  interface SinkHandleMap {
    /** The driver's client and the configured database, over the sink's own connections. Do not close the client. */
    mongo: MongoHandle
  }
}
