/** Configuration of the Redis sink. */
import { durationSeconds } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'
import { redisUrlProblem } from './redis-url.ts'
import { TlsConfig } from './tls.ts'

/** `sinks.redis.<instance>` (spec CFG-34). */
export const RedisSinkConfig = Type.Object(
  {
    url: Type.Refine(
      Type.String({
        default: 'redis://localhost:6379/0',
        description: 'Server as `redis://user:password@host:port/database`; `rediss://` for TLS.',
      }),
      (value) => redisUrlProblem(value) === null,
      (value) => redisUrlProblem(value) ?? '',
    ),
    key_prefix: Type.String({ default: '', description: 'Put in front of every key.' }),
    tls: Type.Union([TlsConfig, Type.Null()], { default: null, description: 'Details of the TLS connection of a `rediss://` URL.' }),
    response_timeout_seconds: durationSeconds({
      default: 10,
      exclusiveMinimum: 0,
      description: 'Longest silence of the server while commands wait. Then the connection is given up and made anew.',
    }),
    max_value_bytes: Type.Integer({
      default: 536_870_912,
      minimum: 1,
      description: 'Largest value. Keep it at or below `proto-max-bulk-len` of the server, which hangs up on a larger one.',
    }),
  },
  { additionalProperties: false, description: 'Sets a key in Redis for each payload.' },
)
export type RedisSinkConfig = Static<typeof RedisSinkConfig>
