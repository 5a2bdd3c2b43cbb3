/** Reading a TypeBox schema as the JSON Schema it is: the few keywords the loader acts on itself. */
import type { TSchema } from 'typebox'

export interface SchemaView {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaView>>
  readonly patternProperties?: Readonly<Record<string, SchemaView>>
  readonly additionalProperties?: boolean | SchemaView
  readonly required?: readonly string[]
  readonly items?: SchemaView
  readonly anyOf?: readonly SchemaView[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly minItems?: number
  readonly pattern?: string
  /** Words for the rule, where the keywords would say it badly. */
  readonly 'x-rule'?: string
  readonly 'x-trim'?: boolean
  readonly 'x-case-insensitive'?: boolean
}

/** TypeBox schemas are JSON Schema objects; this names the keywords we read. */
export function viewOf(schema: TSchema): SchemaView {
  return schema
}

/** The branches of a union, or the schema itself. */
export function alternativesOf(schema: SchemaView): readonly SchemaView[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(alternativesOf)
}

export function isMappingSchema(schema: SchemaView): boolean {
  return schema.type === 'object'
}

export function isListSchema(schema: SchemaView): boolean {
  return schema.type === 'array' && typeof schema.items === 'object' && !Array.isArray(schema.items)
}

/** Unions of constants and enumerations as one list of values; null when it is something else. */
export function allowedValues(schema: SchemaView): readonly unknown[] | null {
  if (schema.enum !== undefined) return schema.enum
  if ('const' in schema) return [schema.const]
  if (schema.anyOf === undefined) return null
  const lists = schema.anyOf.map(allowedValues)
  return lists.some((list) => list === null) ? null : lists.flatMap((list) => list ?? [])
}

/** Accepts anything at all. */
export function isOpenSchema(schema: SchemaView): boolean {
  return schema.type === undefined && schema.anyOf === undefined && allowedValues(schema) === null
}

/** Schema of a key whose name is free, undefined when only listed keys are allowed. */
function freeKeySchema(schema: SchemaView, key: string): SchemaView | undefined {
  for (const [pattern, member] of Object.entries(schema.patternProperties ?? {})) {
    if (new RegExp(pattern, 'u').test(key)) return member
  }
  const { additionalProperties } = schema
  if (additionalProperties === true) return {}
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}

export function memberSchema(schema: SchemaView, key: string): SchemaView | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key]
  return freeKeySchema(schema, key)
}
