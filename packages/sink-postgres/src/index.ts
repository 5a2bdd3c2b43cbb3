/** `@drakkar/sink-postgres`: inserts payloads into PostgreSQL tables. The default export is the type `postgres`. */
import { Socket } from 'node:net'
import { defineSink } from '@drakkar/plugin-sdk'
import { createPostgresClient } from './client.ts'
import { PostgresSinkConfig } from './config.ts'
import { readTls } from './connection.ts'
import { PostgresPayload } from './payload.ts'
import { PostgresSink } from './sink.ts'

export const postgresSink = defineSink({
  type: 'postgres',
  short: 'pg',
  config: PostgresSinkConfig,
  payload: PostgresPayload,
  idempotent: (config) => config.on_conflict !== null,
  capabilities: { batching: true, ordered: true },
  create: (config, context) =>
    new PostgresSink({
      config,
      context,
      createClient: async () =>
        createPostgresClient({
          dsn: config.dsn,
          ssl: await readTls(config.tls),
          poolMin: config.pool_min,
          poolMax: config.pool_max,
          onConflict: config.on_conflict,
          applicationName: context.worker.workerId,
          logger: context.logger,
          createSocket: () => new Socket(),
        }),
    }),
})

export default postgresSink

export type { PostgresPayload } from './payload.ts'
export type { PostgresSinkConfig } from './config.ts'
export type { PostgresHandle } from './sink.ts'
