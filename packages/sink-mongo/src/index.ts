/** `@drakkar/sink-mongo`: writes documents to MongoDB collections. The default export is the type `mongo`. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createDocumentClient } from './client.ts'
import { MongoSinkConfig } from './config.ts'
import { MongoPayload } from './payload.ts'
import { MongoSink } from './sink.ts'

export const mongoSink = defineSink({
  type: 'mongo',
  short: 'mg',
  config: MongoSinkConfig,
  payload: MongoPayload,
  idempotent: (config) => config.upsert_key.length > 0,
  capabilities: { batching: true },
  create: (config, context) =>
    new MongoSink({
      config,
      context,
      createClient: () =>
        createDocumentClient({
          uri: config.uri,
          database: config.database,
          appName: `drakkar ${context.worker.workerId} ${context.name}`,
        }),
    }),
})

export default mongoSink

export type { MongoPayload } from './payload.ts'
export type { MongoSinkConfig } from './config.ts'
export type { MongoHandle } from './client.ts'
