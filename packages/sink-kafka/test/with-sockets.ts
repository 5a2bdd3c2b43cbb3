/** The sink with sockets of the test: kafkajs takes a `socketFactory`, which no configuration file can hold. */
import { defineSink } from '@drakkar/plugin-sdk'
import type { kafkaSink } from '../src/index.ts'
import type { SeverableSockets } from './severable-sockets.ts'

export function withSockets(definition: typeof kafkaSink, sockets: SeverableSockets) {
  const client_options = { socketFactory: sockets.factory }
  return defineSink({ ...definition, create: (config, context) => definition.create({ ...config, client_options }, context) })
}
