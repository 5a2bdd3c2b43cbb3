/** `@drakkar/sink-http`: sends one HTTP request for each payload. The default export is the type `http`. */
import { defineSink, systemClock } from '@drakkar/plugin-sdk'
import { createHttpClient } from './client.ts'
import { HttpSinkConfig } from './config.ts'
import { parseHttpUrl } from './http-url.ts'
import { HttpPayload } from './payload.ts'
import { HttpSink } from './sink.ts'
import { readTls } from './tls.ts'

export const httpSink = defineSink({
  type: 'http',
  config: HttpSinkConfig,
  payload: HttpPayload,
  idempotent: (config) => config.idempotency_key_header !== '',
  capabilities: { batching: true },
  create: (config, context) =>
    new HttpSink({
      config,
      context,
      clock: systemClock,
      random: Math.random,
      createClient: async () =>
        createHttpClient({
          origin: parseHttpUrl(config.url).origin,
          method: config.method,
          connections: config.concurrency,
          timeoutMs: config.timeout_seconds * 1000,
          tls: await readTls(config.tls),
        }),
    }),
})

export default httpSink

export type { HttpPayload } from './payload.ts'
export type { HttpSinkConfig } from './config.ts'
