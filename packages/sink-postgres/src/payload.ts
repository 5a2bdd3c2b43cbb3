/** Payload of the PostgreSQL sink. */
import { Type, type Static } from 'typebox'

/** True for an object whose own fields can be columns (spec PGS-6). */
export function isRowObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return !(
    value instanceof Date ||
    value instanceof Map ||
    value instanceof Set ||
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer
  )
}

/** One row (spec COL-5). */
export const PostgresPayload = Type.Object(
  {
    table: Type.String({ minLength: 1, description: 'Table, or `schema.table`.' }),
    data: Type.Refine(
      Type.Unsafe<object>({ description: 'Values by column. Columns that are not named, or undefined, get their default.' }),
      isRowObject,
      () => 'must be an object with columns as keys',
    ),
  },
  { additionalProperties: false },
)
export type PostgresPayload = Static<typeof PostgresPayload>

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    postgres: PostgresPayload
  }
}
