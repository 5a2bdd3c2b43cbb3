/** `embedded`: the log in one SQLite file, for demos and development (design 7). */
import { Type } from 'typebox'
import { integer, text } from './property.ts'

export const embeddedSchema = Type.Object(
  {
    path: text('File of the embedded log, relative to the working directory. Created when it does not exist.', './drakkar-log.db', {
      minLength: 1,
    }),
    source_topic: text('Topic the worker consumes.', 'input-events', { minLength: 1 }),
    partitions: integer('Partitions of topics the worker creates.', 8, { minimum: 1 }),
  },
  { additionalProperties: false, description: 'An embedded log instead of Kafka.' },
)
