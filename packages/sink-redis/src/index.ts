/** `@drakkar/sink-redis`: sets keys in Redis. The default export is the type `redis`. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createRedisClient } from './client.ts'
import { RedisSinkConfig } from './config.ts'
import { RedisPayload } from './payload.ts'
import { parseRedisUrl } from './redis-url.ts'
import { RedisSink } from './sink.ts'
import { readTls } from './tls.ts'

export const redisSink = defineSink({
  type: 'redis',
  short: 'rd',
  config: RedisSinkConfig,
  payload: RedisPayload,
  idempotent: true,
  capabilities: { batching: true, ordered: true },
  create: (config, context) =>
    new RedisSink({
      config,
      context,
      createClient: async () =>
        createRedisClient({
          address: parseRedisUrl(config.url),
          tls: await readTls(config.tls),
          responseTimeoutMs: config.response_timeout_seconds * 1000,
          // Redis refuses names with spaces or other than printable ASCII.
          connectionName: `drakkar:${context.worker.workerId}:${context.name}`.replaceAll(/[^\x21-\x7e]/g, '_'),
          logger: context.logger,
        }),
    }),
})

export default redisSink

export type { RedisPayload } from './payload.ts'
export type { RedisSinkConfig } from './config.ts'
