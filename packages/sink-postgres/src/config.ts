/** Configuration of the PostgreSQL sink. */
import { secret } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'
import { identifierPattern } from './identifier.ts'

const column = Type.String({ pattern: identifierPattern.source, description: 'A column.' })

const TlsConfig = Type.Object(
  {
    ca_file: Type.String({ default: '', description: 'PEM file with the certificate authorities to trust. Empty: those of Node.' }),
    cert_file: Type.String({ default: '', description: 'PEM file with the client certificate. Empty: none.' }),
    key_file: Type.String({ default: '', description: 'PEM file with the private key of the client certificate.' }),
    passphrase: secret({ default: '', description: 'Passphrase of the private key.' }),
    reject_unauthorized: Type.Boolean({ default: true, description: 'False accepts any certificate. Never do this in production.' }),
  },
  { additionalProperties: false, description: 'Details of the TLS connection.' },
)

const Upsert = Type.Object(
  {
    columns: Type.Array(column, {
      minItems: 1,
      description: 'Columns of the unique constraint that tells whether a row exists already.',
    }),
    update: Type.Union([Type.Literal('all'), Type.Array(column)], {
      default: 'all',
      description:
        'Columns that take the new values: `all` of the payload but those of the constraint, or these of them. `[]` keeps the row.',
    }),
  },
  { additionalProperties: false, description: 'Update the row that exists already.' },
)

/** `sinks.postgres.<instance>` (spec CFG-31). */
export const PostgresSinkConfig = Type.Object(
  {
    dsn: secret({ minLength: 1, description: 'Connection URL, `postgres://user:password@host:port/database`.' }),
    pool_min: Type.Integer({ default: 2, minimum: 1, description: 'Connections that are opened at the start and kept open.' }),
    pool_max: Type.Integer({ default: 10, minimum: 1, description: 'Most connections at once, those that handlers take included.' }),
    on_conflict: Type.Union([Type.Literal('do_nothing'), Upsert, Type.Null()], {
      default: null,
      description:
        'A row that exists already: null fails the payload, `do_nothing` keeps it, `columns` and `update` change it. The sink then counts as idempotent.',
    }),
    tls: Type.Union([Type.Boolean(), TlsConfig], {
      default: false,
      description: 'TLS: `true`, or a mapping with details. False: as the `dsn` says (`sslmode`), without it no TLS.',
    }),
  },
  { additionalProperties: false, description: 'Inserts payloads into PostgreSQL tables.' },
)
export type PostgresSinkConfig = Static<typeof PostgresSinkConfig>
export type OnConflict = PostgresSinkConfig['on_conflict']
