/**
 * TypeBox helpers for configuration schemas: secrets that are marked where they are declared, and durations with their
 * unit in the schema.
 */
import { Type, type TInteger, type TNumber, type TSchema, type TSchemaOptions, type TString, type TUnion } from 'typebox'

const secretMark = 'x-drakkar-secret'
const unitMark = 'x-drakkar-unit'

/** A string that no log line, error, page or `drakkar check` shows. `default: ''` makes it optional to set. */
export function secret(options: TSchemaOptions = {}): TString {
  return Type.String({ ...options, [secretMark]: true })
}

/** True for a schema made by `secret()`, or marked `'x-drakkar-secret': true` by hand. */
export function isSecret(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && Reflect.get(schema, secretMark) === true
}

/** A `*_seconds` value: a number ≥ 0 that may have a fraction (spec GEN-4). */
export function durationSeconds(options: TSchemaOptions = {}): TNumber {
  return Type.Number({ minimum: 0, ...options, [unitMark]: 'seconds' })
}

/** A `*_ms` value: an integer ≥ 0 (spec GEN-4). */
export function durationMs(options: TSchemaOptions = {}): TInteger {
  return Type.Integer({ minimum: 0, ...options, [unitMark]: 'milliseconds' })
}

/** `500ms`, `1s`, `2m`, `1h`, or a plain number of seconds (spec NMF-20). Read it with `parseDuration`. */
export function durationText(options: TSchemaOptions = {}): TUnion<[TString, TNumber]> {
  return Type.Union([Type.String({ pattern: durationPattern.source }), Type.Number({ minimum: 0 })], options)
}

/** The same schema with a description. Every property of a configuration schema needs one. */
export function described<T extends TSchema>(schema: T, description: string): T {
  const copy: T = Object.create(Object.getPrototypeOf(schema), Object.getOwnPropertyDescriptors(schema))
  return Object.assign(copy, { description })
}

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/
const unitMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** Milliseconds of a duration such as `500ms`, `1s`, `1.5m`, `1h` or `2` (seconds); null when it is none. */
export function parseDuration(value: string | number): number | null {
  const match = durationPattern.exec(String(value))
  if (match === null) return null
  return Number(match[1]) * (unitMs.get(match[2] ?? 's') ?? Number.NaN)
}
