/** The dead-letter record as a schema, for reading it back. The types beside it say what each field means. */
import { Type } from 'typebox'

const base64Text = Type.String({ pattern: '^[A-Za-z0-9+/]*={0,2}$' })
const encodedBytes = Type.Union([Type.String(), Type.Null(), Type.Object({ encoding: Type.Literal('base64'), data: base64Text })])
const encodedHeaders = Type.Array(Type.Tuple([Type.String(), encodedBytes]))
const nullableText = Type.Union([Type.String(), Type.Null()])
const offset = Type.Integer({ minimum: 0 })

/** Seed 000's fields, in every version. */
const seedFields = {
  original_payloads: Type.Array(Type.String()),
  sink_name: Type.String(),
  sink_type: Type.String(),
  error: Type.String(),
  timestamp: Type.Number(),
  partition: Type.Integer(),
  attempt_count: Type.Integer(),
}

export const legacyDeadLetterSchema = Type.Object(seedFields)

export const deadLetterSchema = Type.Object({
  ...seedFields,
  schema_version: Type.Literal(2),
  dlq_id: Type.String(),
  split_of: Type.Optional(Type.String()),
  error_type: Type.String(),
  transient: Type.Boolean(),
  worker_id: Type.String(),
  task_ids: Type.Array(Type.String()),
  source: Type.Object({
    topic: Type.String(),
    partition: Type.Integer(),
    offsets: Type.Array(offset),
    timestamps: Type.Array(Type.Number()),
    keys: Type.Array(encodedBytes),
    values: Type.Array(encodedBytes),
    headers: Type.Array(encodedHeaders),
    digests: Type.Optional(Type.Array(Type.Union([Type.Object({ bytes: offset, sha256: Type.String() }), Type.Null()]))),
  }),
  payload_ids: Type.Optional(Type.Array(Type.String())),
  payload_types: Type.Optional(Type.Array(Type.String())),
  payload_bodies: Type.Optional(Type.Array(encodedBytes)),
  payload_keys: Type.Optional(Type.Array(encodedBytes)),
  payload_headers: Type.Optional(Type.Array(encodedHeaders)),
  payload_values: Type.Optional(Type.Array(Type.Union([base64Text, Type.Null()]))),
  serialization_errors: Type.Optional(Type.Array(nullableText)),
  task: Type.Optional(
    Type.Object({
      task_id: Type.String(),
      parent_task_id: nullableText,
      args: Type.Array(Type.String()),
      labels: Type.Record(Type.String(), Type.String()),
      exit_code: Type.Union([Type.Integer(), Type.Null()]),
      kind: Type.String(),
      exception: nullableText,
      stdout: Type.String(),
      stderr: Type.String(),
    }),
  ),
  reduced: Type.Optional(Type.Literal(true)),
})
