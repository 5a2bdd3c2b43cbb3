/**
 * Building blocks of the configuration schema: every property gets a description and a default, so that the type, the
 * check, the defaults and the reference page come from one declaration.
 */
import { Type, type TEnumValue, type TObject, type TProperties, type TSchema, type TUnion } from 'typebox'

export interface NumberRange {
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

export interface TextOptions {
  readonly minLength?: number
  readonly pattern?: string
  /** Surrounding white space is removed when the configuration is loaded. */
  readonly 'x-trim'?: boolean
}

export function text(description: string, byDefault: string, options: TextOptions = {}) {
  return Type.String({ ...options, description, default: byDefault })
}

export function flag(description: string, byDefault: boolean) {
  return Type.Boolean({ description, default: byDefault })
}

export function integer(description: string, byDefault: number, range: NumberRange = {}) {
  return Type.Integer({ ...range, description, default: byDefault })
}

export function decimal(description: string, byDefault: number, range: NumberRange = {}) {
  return Type.Number({ ...range, description, default: byDefault })
}

export function port(description: string, byDefault: number) {
  return integer(description, byDefault, { minimum: 1, maximum: 65_535 })
}

export function choice<const Values extends TEnumValue[]>(description: string, values: readonly [...Values], byDefault: Values[number]) {
  return Type.Enum<Values>(values, { description, default: byDefault })
}

/** `schema` or null; null is the default. */
export function nullable<T extends TSchema>(description: string, schema: T): TUnion<[T, ReturnType<typeof Type.Null>]> {
  return Type.Union([schema, Type.Null()], { description, default: null })
}

export function textList(description: string, byDefault: readonly string[] = []) {
  return Type.Array(Type.String(), { description, default: [...byDefault] })
}

export function textMap(description: string) {
  return Type.Record(Type.String(), Type.String(), { description, default: {} })
}

/** A free-form mapping, handed on as it is. */
export function openMap(description: string, options: Readonly<Record<string, unknown>> = {}) {
  return Type.Record(Type.String(), Type.Unknown(), { ...options, description, default: {} })
}

/** A group of keys. Absent means all defaults; a key that is not listed is a mistake. */
export function section<P extends TProperties>(description: string, properties: P): TObject<P> {
  return Type.Object(properties, { additionalProperties: false, description, default: {} })
}
