/** Payload of the Redis sink. */
import { Type, type Static } from 'typebox'
import type { Redis } from 'ioredis'

/** One `SET` (spec RDS-1, COL-5). */
export const RedisPayload = Type.Object(
  {
    key: Type.String({ description: 'Key, behind `key_prefix`.' }),
    data: Type.Unknown({ description: 'The value, written as JSON text. Anything that has JSON text.' }),
    ttl: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
        description: 'Seconds until the key expires, 1 or more. Null or absent: never, also when it had an expiry before.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type RedisPayload = Static<typeof RedisPayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    redis: RedisPayload
  }
  interface SinkHandleMap {
    /** The sink's own connection. For blocking commands and subscriptions make another one: `duplicate()`. */
    redis: Redis
  }
}
