/**
 * Text to the declared type (CFG-8): from the environment, from `${NAME}`, and from quoted or YAML 1.1 values in files
 * written for py-drakkar (`enabled: yes`). Pure.
 */
import { Value } from 'typebox/value'
import type { Scalar } from './config-node.ts'
import { allowedValues, alternativesOf, isOpenSchema, type SchemaView } from './schema-view.ts'

const truths: ReadonlySet<string> = new Set(['true', '1', 'yes', 'on'])
const untruths: ReadonlySet<string> = new Set(['false', '0', 'no', 'off'])

/** The value as one of the schema's branches takes it; undefined when none does. */
export function coerceScalar(value: Scalar, schema: SchemaView): { readonly value: Scalar } | undefined {
  const branches = alternativesOf(schema)
  for (const branch of branches) {
    const candidate = asIs(value, branch)
    if (Value.Check(branch, candidate)) return { value: candidate }
  }
  if (typeof value !== 'string') return undefined
  for (const branch of branches) {
    const candidate = fromText(value, branch)
    if (candidate !== undefined && Value.Check(branch, candidate)) return { value: candidate }
  }
  return undefined
}

/** What a schema's own check says of a value of the right type; null when that is not what is wrong. */
export function brokenRefinement(value: Scalar, schema: SchemaView): string | null {
  for (const branch of alternativesOf(schema)) {
    const errors = Value.Errors(branch, asIs(value, branch))
    const [first] = errors
    if (first !== undefined && errors.every(({ keyword }) => keyword === '~refine')) return first.message
  }
  return null
}

function asIs(value: Scalar, branch: SchemaView): Scalar {
  return typeof value === 'string' && branch['x-trim'] === true ? value.trim() : value
}

function fromText(text: string, branch: SchemaView): Scalar | undefined {
  if (branch['x-case-insensitive'] === true) return sameWord(text, allowedValues(branch) ?? [])
  if (isOpenSchema(branch)) return text
  const word = text.trim().toLowerCase()
  switch (branch.type) {
    case 'boolean':
      return truths.has(word) ? true : untruths.has(word) ? false : undefined
    case 'integer':
    case 'number':
      return numberFromText(word)
    default:
      return undefined
  }
}

function numberFromText(text: string): number | undefined {
  return /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text) ? Number(text.replaceAll('_', '')) : undefined
}

function sameWord(text: string, values: readonly unknown[]): string | undefined {
  const word = text.trim().toUpperCase()
  return values.find((value): value is string => typeof value === 'string' && value.toUpperCase() === word)
}
