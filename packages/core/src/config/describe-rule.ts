/** A schema in words, for problems and for the reference page. Pure. */
import { allowedValues, alternativesOf, isOpenSchema, type SchemaView } from './schema-view.ts'

/** `an integer ≥ 1`, `"json" or "console"`, `true or false, or a mapping`, … */
export function describeRule(schema: SchemaView): string {
  if (schema['x-rule'] !== undefined) return schema['x-rule']
  const values = allowedValues(schema)
  if (values !== null) return joinWords(values.map((value) => JSON.stringify(value)))
  if (schema.anyOf !== undefined) return joinWords([...new Set(alternativesOf(schema).map(describeRule))])
  return describeType(schema)
}

function describeType(schema: SchemaView): string {
  switch (schema.type) {
    case 'integer':
      return `an integer${range(schema)}`
    case 'number':
      return `a number${range(schema)}`
    case 'string':
      return describeText(schema)
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    case 'array':
      return describeList(schema.items ?? {})
    case 'object':
      return Object.values(schema.patternProperties ?? {}).some((member) => member.type === 'string') ? 'a mapping of strings' : 'a mapping'
    default:
      return isOpenSchema(schema) ? 'anything' : 'as its schema says'
  }
}

function describeList(items: SchemaView): string {
  if (items.type === 'string') return 'a list of strings'
  if (items.type !== 'object') return 'a list'
  return `a list of mappings with ${Object.keys(items.properties ?? {}).join(', ')}`
}

function describeText({ pattern, minLength = 0 }: SchemaView): string {
  if (pattern !== undefined) return `a string matching ${pattern}`
  return minLength > 0 ? 'a string that is not empty' : 'a string'
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaView): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  const parts = [
    minimum === undefined ? [] : [`≥ ${minimum}`],
    exclusiveMinimum === undefined ? [] : [`> ${exclusiveMinimum}`],
    maximum === undefined ? [] : [`≤ ${maximum}`],
    exclusiveMaximum === undefined ? [] : [`< ${exclusiveMaximum}`],
  ].flat()
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}
