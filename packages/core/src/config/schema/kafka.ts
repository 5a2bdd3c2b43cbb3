/** `kafka`: the source topic and the connection that dead letters and Kafka sinks inherit (CFG-18…22, design 13). */
import { secret } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { choice, decimal, flag, integer, nullable, openMap, section, text } from './property.ts'
import { secretText, secretMark } from './secret-text.ts'

const tlsSchema = Type.Object(
  {
    ca_file: text('PEM file with the certificate authorities to trust. Empty: those of Node.', ''),
    cert_file: text('PEM file with the client certificate. Empty: none.', ''),
    key_file: text('PEM file with the private key of the client certificate.', ''),
    passphrase: secretText('Passphrase of the private key.', ''),
    server_name: text('Name expected in the certificate of the broker. Empty: its host name.', ''),
    reject_unauthorized: flag('False accepts any certificate. Never do this in production.', true),
  },
  { additionalProperties: false, description: 'Details of the TLS connection.' },
)

const saslSchema = Type.Object(
  {
    mechanism: choice('SASL mechanism.', ['plain', 'scram-sha-256', 'scram-sha-512'], 'plain'),
    username: Type.String({ minLength: 1, description: 'Name of the account.' }),
    password: secret({ description: 'Password of the account.' }),
  },
  { additionalProperties: false, description: 'Credentials of the connection.' },
)

export const kafkaSchema = section('The Kafka cluster and the source topic.', {
  brokers: text('Bootstrap brokers, `host:port`, separated by commas.', 'localhost:9092', { minLength: 1 }),
  source_topic: text('Topic the worker consumes.', 'input-events', { minLength: 1 }),
  consumer_group: text('Consumer group. Workers of one group share the partitions.', 'drakkar-workers', { minLength: 1 }),
  max_poll_records: integer('Most messages handed over at once.', 100, { minimum: 1 }),
  max_poll_interval_ms: integer('Longest time between two hand-overs, in milliseconds.', 300_000, { minimum: 1 }),
  session_timeout_ms: integer('Silence after which the group takes the worker for dead, in milliseconds.', 10_000, { minimum: 1 }),
  heartbeat_interval_ms: integer('Time between two heartbeats, in milliseconds.', 400, { minimum: 1 }),
  auto_offset_reset: choice('Where a group without a committed offset begins.', ['earliest', 'latest'], 'earliest'),
  on_offset_out_of_range: choice(
    'When the next offset no longer exists in the log: stop the worker, or go on at the first or last offset there is.',
    ['stop', 'earliest', 'latest'],
    'stop',
  ),
  on_invalid_message: choice(
    'A value that cannot be decoded: `dead_letter` sends it to the dead-letter log, `pass` gives it to the handler with a null payload.',
    ['dead_letter', 'pass'],
    'dead_letter',
  ),
  max_buffered_bytes: integer('Most bytes of messages held in memory before the source is paused.', 67_108_864, { minimum: 1 }),
  group_instance_id: text('Static membership: a stable name of this member, unique in the group. Empty: dynamic membership.', ''),
  client: choice('Client library that speaks to the brokers.', ['kafkajs'], 'kafkajs'),
  client_options: openMap('Further options handed to the client library as they are.', secretMark),
  tls: Type.Union([Type.Boolean(), tlsSchema], {
    description: 'TLS to the brokers: `true`, or a mapping with details. Dead letters and Kafka sinks inherit it.',
    default: false,
  }),
  sasl: nullable('SASL credentials. Dead letters and Kafka sinks inherit them.', saslSchema),
  ui_url: text('Address of a Kafka UI, for links. Used only together with `ui_cluster_name`.', ''),
  ui_cluster_name: text('Name of the cluster in that Kafka UI.', ''),
  startup_align_enabled: flag('Wait for a common wall-clock boundary before joining the group.', false),
  startup_min_wait_seconds: decimal('Shortest wait of the start-up alignment, in seconds.', 4, { minimum: 0 }),
  startup_align_interval_seconds: integer('Boundary of the start-up alignment, in seconds.', 10, { minimum: 1 }),
})
