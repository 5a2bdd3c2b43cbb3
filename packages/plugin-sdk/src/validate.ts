/**
 * A value against a schema: TypeBox compiled once, or any Standard Schema (spec GEN-2), with problems as values that name
 * places and never contain what was found there.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { errorMessage } from './errors.ts'

/** One thing wrong with a value. */
export interface SchemaIssue {
  /** Dotted, array positions in brackets: `items[2].id`. Empty for the value itself. */
  readonly path: string
  readonly message: string
  /** The schema keyword that was broken: `required`, `type`, `pattern`, … */
  readonly rule: string
}

export interface CompiledSchema<T> {
  check(value: unknown): value is T
  /** Everything wrong with the value, not only the first thing. Empty when `check` is true. */
  issues(value: unknown): readonly SchemaIssue[]
}

/** Compiles a TypeBox schema. Do it once per schema; checking is then fast. */
export function compileSchema<S extends TSchema>(schema: S): CompiledSchema<Static<S>> {
  const validator = Compile(schema)
  return {
    check: (value): value is Static<S> => validator.Check(value),
    issues: (value) => (validator.Check(value) ? [] : validator.Errors(value).flatMap((error) => toIssues(error, value))),
  }
}

export type DecodeResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly issues: readonly SchemaIssue[] }

export interface CompiledInput<T> {
  /** A promise only when the schema itself works asynchronously. Never throws or rejects. */
  decode(value: unknown): DecodeResult<T> | Promise<DecodeResult<T>>
}

/** TypeBox, or anything with `~standard.validate` (zod, valibot, ArkType). */
export type InputSchema = TSchema | StandardSchemaV1

/** The type a schema gives to what it lets through. */
export type InputOf<S extends InputSchema> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : S extends TSchema
    ? Static<S>
    : never

/** One way to decode, whatever kind of schema it is. TypeBox checks only: the value is handed on as it is. */
export function compileInput<S extends InputSchema>(schema: S): CompiledInput<InputOf<S>>
export function compileInput(schema: InputSchema): CompiledInput<unknown> {
  if (isStandardSchema(schema)) return { decode: (value) => decodeStandard(schema, value) }
  const compiled = compileSchema(schema)
  return {
    decode: (value) => (compiled.check(value) ? { ok: true, value } : { ok: false, issues: compiled.issues(value) }),
  }
}

export function isStandardSchema(schema: unknown): schema is StandardSchemaV1 {
  const isHolder = (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
  if (!isHolder || !('~standard' in schema)) return false
  const standard = schema['~standard']
  return typeof standard === 'object' && standard !== null && 'validate' in standard && typeof standard.validate === 'function'
}

function decodeStandard(schema: StandardSchemaV1, value: unknown): DecodeResult<unknown> | Promise<DecodeResult<unknown>> {
  try {
    const result = schema['~standard'].validate(value)
    return result instanceof Promise ? result.then(fromStandard).catch(schemaThrew) : fromStandard(result)
  } catch (error) {
    return schemaThrew(error)
  }
}

function fromStandard(result: StandardSchemaV1.Result<unknown>): DecodeResult<unknown> {
  if (result.issues === undefined) return { ok: true, value: result.value }
  const issues = result.issues.map((issue) => ({
    path: joinPath((issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part))),
    message: issue.message,
    rule: 'schema',
  }))
  return { ok: false, issues }
}

function schemaThrew(error: unknown): DecodeResult<unknown> {
  return { ok: false, issues: [{ path: '', message: `the schema failed: ${errorMessage(error)}`, rule: 'exception' }] }
}

interface KeywordError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

function toIssues({ keyword, instancePath, params, message }: KeywordError, root: unknown): readonly SchemaIssue[] {
  const at = pathParts(instancePath, root)
  if (keyword === 'required') return namesIn(params, 'requiredProperties').map((name) => issueAt([...at, name], 'is required', keyword))
  if (keyword === 'additionalProperties') {
    return namesIn(params, 'additionalProperties').map((name) => issueAt([...at, name], 'is not a known key', keyword))
  }
  // The false schema of an unknown key is reported a second time under `additionalProperties`.
  return keyword === 'boolean' ? [] : [issueAt(at, message, keyword)]
}

function issueAt(at: readonly PropertyKey[], message: string, rule: string): SchemaIssue {
  return { path: joinPath(at), message, rule }
}

function namesIn(params: object, key: string): readonly string[] {
  const names: unknown = Reflect.get(params, key)
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

/** JSON pointer → keys; a number stands for an array position, which only the value itself can tell. */
function pathParts(pointer: string, root: unknown): readonly PropertyKey[] {
  let value = root
  return pointer
    .split('/')
    .slice(1)
    .map((escaped) => {
      const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~')
      const part = Array.isArray(value) ? Number(name) : name
      value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
      return part
    })
}

function joinPath(parts: readonly PropertyKey[]): string {
  let path = ''
  for (const part of parts) {
    if (typeof part === 'number') path += `[${part}]`
    else path += path === '' ? String(part) : `.${String(part)}`
  }
  return path
}
