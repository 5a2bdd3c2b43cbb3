/** Configuration of the HTTP sink. */
import { durationSeconds } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'
import { configuredHeaderProblem } from './header-rules.ts'
import { httpUrlProblem } from './http-url.ts'
import { TlsConfig } from './tls.ts'

/** `sinks.http.<instance>` (spec CFG-33). */
export const HttpSinkConfig = Type.Object(
  {
    url: Type.Refine(
      Type.String({
        description: 'Where each payload is sent, `http` or `https`. User and password in it are sent as basic authorization.',
      }),
      (value) => httpUrlProblem(value) === null,
      (value) => httpUrlProblem(value) ?? '',
    ),
    allow_url_override: Type.Boolean({
      default: false,
      description:
        'May a payload name another `url`? Without it such a payload fails. Another server gets neither the configured headers nor credentials nor the client certificate.',
    }),
    method: Type.Union([Type.Literal('POST'), Type.Literal('PUT'), Type.Literal('PATCH'), Type.Literal('DELETE')], {
      default: 'POST',
      description: 'Method of the requests.',
    }),
    headers: Type.Refine(
      Type.Record(Type.String(), Type.String(), {
        default: {},
        description: 'Headers of every request. A `content-type` here replaces `application/json`.',
        'x-drakkar-secret': true,
      }),
      (value) => configuredHeaderProblem(value) === null,
      (value) => configuredHeaderProblem(value) ?? '',
    ),
    timeout_seconds: durationSeconds({
      default: 30,
      minimum: 1,
      description: 'Longest time of one request, from connecting to the end of the answer.',
    }),
    concurrency: Type.Integer({ default: 8, minimum: 1, description: 'Requests, and connections, at the same time.' }),
    idempotency_key_header: Type.String({
      default: '',
      pattern: '^[A-Za-z0-9-]*$',
      description: 'Header that carries the id of the payload, such as `Idempotency-Key`. The sink then counts as idempotent. Empty: none.',
    }),
    max_retries: Type.Integer({
      default: 3,
      minimum: 0,
      description: 'Further attempts of one request inside the sink. Only with `idempotency_key_header`; without it there are none.',
    }),
    transient_statuses: Type.Array(Type.Integer({ minimum: 400, maximum: 599 }), {
      default: [408, 425, 429, 502, 503, 504],
      description: 'Statuses that may pass. All others that are not 2xx are final for the payload, unless they carry `Retry-After`.',
    }),
    tls: Type.Union([TlsConfig, Type.Null()], { default: null, description: 'Details of the TLS connection of an `https` URL.' }),
  },
  { additionalProperties: false, description: 'Sends one HTTP request for each payload.' },
)
export type HttpSinkConfig = Static<typeof HttpSinkConfig>
