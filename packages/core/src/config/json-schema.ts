/** JSON Schema of the whole configuration, installed sinks included, for editors and `drakkar schema`. Pure. */
import { completeSchema, type SinkSchemas } from './complete-schema.ts'

export interface JsonSchemaOptions {
  /** Schemas of the installed sink types. */
  readonly sinks: SinkSchemas
}

export type JsonSchemaDocument = Readonly<Record<string, unknown>>

/** Draft 2020-12, as plain JSON. A key with a default is not required. */
export function jsonSchema({ sinks }: JsonSchemaOptions): JsonSchemaDocument {
  const schema = completeSchema({ sinks, openTypes: [] })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Drakkar configuration',
    ...requireOnlyWithoutDefault(asPlainJson(schema)),
  }
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = { readonly [key: string]: Json }

function asPlainJson(value: unknown): JsonObject {
  const plain: unknown = JSON.parse(JSON.stringify(value))
  if (!isObject(plain)) throw new TypeError('an object schema is an object')
  return plain
}

/** TypeBox lists every property that is always present after loading; a file may leave out those with a default. */
function requireOnlyWithoutDefault(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, Json][] => {
    if (key === 'default' || key === 'enum' || key === 'const') return [[key, value]]
    if (key !== 'required' || !Array.isArray(value)) return [[key, inside(value)]]
    const properties = schema['properties']
    const required = value.filter((name) => !hasDefault(isObject(properties) ? properties[String(name)] : undefined))
    return required.length === 0 ? [] : [[key, required]]
  })
  return Object.fromEntries(entries)
}

function inside(value: Json): Json {
  if (Array.isArray(value)) return value.map(inside)
  return isObject(value) ? requireOnlyWithoutDefault(value) : value
}

function hasDefault(schema: Json | undefined): boolean {
  return isObject(schema) && 'default' in schema
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
