/** `@drakkar/sink-kafka`: produces payloads to a Kafka topic. The default export is the type `kafka`. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createKafkaClient } from './client.ts'
import { KafkaSinkConfig } from './config.ts'
import { chooseConnection, readTls, saslOptions } from './connection.ts'
import { KafkaPayload } from './payload.ts'
import { KafkaSink } from './sink.ts'

export const kafkaSink = defineSink({
  type: 'kafka',
  config: KafkaSinkConfig,
  payload: KafkaPayload,
  idempotent: (config) => config.enable_idempotence,
  capabilities: { batching: true, ordered: true },
  create: (config, context) =>
    new KafkaSink({
      config,
      context,
      now: Date.now,
      createClient: async () => {
        const { brokers, tls, sasl } = chooseConnection(config, context.sourceConnection)
        const credentials = saslOptions(sasl)
        return createKafkaClient({
          connection: {
            brokers: [...brokers],
            ssl: await readTls(tls),
            clientId: context.worker.workerId,
            ...(credentials === undefined ? {} : { sasl: credentials }),
          },
          clientOptions: config.client_options,
          acks: config.acks,
          isIdempotent: config.enable_idempotence,
          compression: config.compression,
          logger: context.logger,
        })
      },
    }),
})

export default kafkaSink

export type { KafkaPayload } from './payload.ts'
export type { KafkaSinkConfig } from './config.ts'
