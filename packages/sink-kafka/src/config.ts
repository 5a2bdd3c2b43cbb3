/** Configuration of the Kafka sink. */
import { secret } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

/** Same keys as `kafka.tls`. */
export const TlsConfig = Type.Object(
  {
    ca_file: Type.String({ default: '', description: 'PEM file with the certificate authorities to trust. Empty: those of Node.' }),
    cert_file: Type.String({ default: '', description: 'PEM file with the client certificate. Empty: none.' }),
    key_file: Type.String({ default: '', description: 'PEM file with the private key of the client certificate.' }),
    passphrase: secret({ default: '', description: 'Passphrase of the private key.' }),
    server_name: Type.String({ default: '', description: 'Name expected in the certificate of the broker. Empty: its host name.' }),
    reject_unauthorized: Type.Boolean({ default: true, description: 'False accepts any certificate. Never do this in production.' }),
  },
  { additionalProperties: false, description: 'Details of the TLS connection.' },
)

/** Same keys as `kafka.sasl`. */
export const SaslConfig = Type.Object(
  {
    mechanism: Type.Union([Type.Literal('plain'), Type.Literal('scram-sha-256'), Type.Literal('scram-sha-512')], {
      default: 'plain',
      description: 'SASL mechanism.',
    }),
    username: Type.String({ minLength: 1, description: 'User name.' }),
    password: secret({ description: 'Password.' }),
  },
  { additionalProperties: false, description: 'Credentials of the connection.' },
)

/** `sinks.kafka.<instance>`. */
export const KafkaSinkConfig = Type.Object(
  {
    topic: Type.String({ minLength: 1, description: 'Topic payloads are produced to. It must exist.' }),
    brokers: Type.String({
      default: '',
      description: 'Bootstrap brokers, `host:port`, separated by commas. Empty: those of the source, with their TLS and SASL settings.',
    }),
    acks: Type.Union([Type.Literal('all'), Type.Literal(1)], {
      default: 'all',
      description: 'Who must have a record before it counts as delivered: `all` in-sync replicas, or `1`, the leader alone.',
    }),
    enable_idempotence: Type.Boolean({
      default: false,
      description:
        'Let the broker drop the copies the client makes when it repeats a request. The sink then counts as idempotent. Needs `acks: all`.',
    }),
    compression: Type.Union(
      [Type.Literal('none'), Type.Literal('gzip'), Type.Literal('snappy'), Type.Literal('lz4'), Type.Literal('zstd')],
      { default: 'none', description: 'Compression of the batches that are sent.' },
    ),
    max_request_bytes: Type.Integer({
      default: 1_000_000,
      minimum: 1,
      description:
        'Largest request, before compression; a larger single record is sent alone. Keep it at or below `max.message.bytes` of the topic.',
    }),
    allow_topic_override: Type.Boolean({
      default: false,
      description: 'May a payload name another `topic`? Without it such a payload fails.',
    }),
    tls: Type.Union([Type.Boolean(), TlsConfig], {
      default: false,
      description: 'TLS to `brokers`: `true`, or a mapping with details. Ignored while `brokers` is empty.',
    }),
    sasl: Type.Union([SaslConfig, Type.Null()], {
      default: null,
      description: 'SASL credentials for `brokers`. Ignored while `brokers` is empty.',
    }),
    client_options: Type.Record(Type.String(), Type.Unknown(), {
      default: {},
      description: 'Further options handed to the kafkajs client as they are, such as `connectionTimeout`.',
      'x-drakkar-secret': true,
    }),
  },
  { additionalProperties: false, description: 'Produces payloads to a Kafka topic.' },
)
export type KafkaSinkConfig = Static<typeof KafkaSinkConfig>
export type Compression = KafkaSinkConfig['compression']
