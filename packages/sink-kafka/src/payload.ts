/** Payload of the Kafka sink. */
import { Type, type Static } from 'typebox'

const bytes = Type.Refine(
  Type.Unsafe<Uint8Array>({ description: 'Bytes.' }),
  (value) => value instanceof Uint8Array,
  () => 'must be a Uint8Array',
)
const headerValue = Type.Union([Type.String(), bytes])

/** One record (spec KFS-1, COL-5, COL-6). */
export const KafkaPayload = Type.Object(
  {
    key: Type.Optional(
      Type.Union([Type.String(), bytes, Type.Null()], {
        description: 'Key, byte for byte; a string is encoded as UTF-8. Null or absent: no key, the partition is chosen in turn.',
      }),
    ),
    data: Type.Unknown({ description: 'The value, written as JSON text. Anything that has JSON text.' }),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.Union([headerValue, Type.Array(headerValue)]), {
        description: 'Headers; a list repeats the header.',
      }),
    ),
    partition: Type.Optional(Type.Integer({ minimum: 0, description: 'Partition, instead of the one the key gives.' })),
    timestamp: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Record timestamp in Unix milliseconds. Absent: the time of delivery.' }),
    ),
    topic: Type.Optional(Type.String({ minLength: 1, description: 'Another topic, where `allow_topic_override` is set.' })),
  },
  { additionalProperties: false },
)
export type KafkaPayload = Static<typeof KafkaPayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    kafka: KafkaPayload
  }
}
