/** Configuration of the MongoDB sink. */
import { secret } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

/** `sinks.mongo.<instance>` (spec CFG-32). */
export const MongoSinkConfig = Type.Object(
  {
    uri: secret({
      minLength: 1,
      description: 'Connection string, `mongodb://` or `mongodb+srv://`, with credentials, TLS and all other options of the connection.',
    }),
    database: Type.String({ minLength: 1, description: 'Database the collections are in.' }),
    upsert_key: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description:
        'Fields, dotted for nested ones, that tell which document a payload replaces; one that is not there is inserted. Empty: always insert. The sink then counts as idempotent.',
    }),
  },
  { additionalProperties: false, description: 'Writes payloads as documents to MongoDB collections.' },
)
export type MongoSinkConfig = Static<typeof MongoSinkConfig>
