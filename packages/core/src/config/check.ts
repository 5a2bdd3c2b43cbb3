/**
 * A configuration tree against the schema: every problem at once, each with its place; what is right is returned as a
 * plain value, what is wrong is left out. Pure.
 */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import { brokenRefinement, coerceScalar } from './coerce.ts'
import {
  isEmptyNode,
  valueOfNode,
  type ConfigNode,
  type ConfigOrigin,
  type ListNode,
  type MappingEntry,
  type MappingNode,
  type ScalarNode,
} from './config-node.ts'
import { describeRule } from './describe-rule.ts'
import { problemAt, type ConfigWarning } from './problems.ts'
import { alternativesOf, isListSchema, isMappingSchema, isOpenSchema, memberSchema, type SchemaView } from './schema-view.ts'
import { isSecretSchema, kindOfNode, showValue } from './show-value.ts'
import { explainUnknownKey, type UnknownKey } from './unknown-key.ts'

export interface CheckOptions {
  readonly schema: SchemaView
  /** False: unknown keys below the root are warnings (CFG-11). */
  readonly strict: boolean
  /** Message for a sink type nobody offers. */
  readonly unknownSinkType: (type: string) => string
}

export interface Checked {
  /** What is right, defaults not yet applied. */
  readonly value: Readonly<Record<string, unknown>>
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigWarning[]
}

interface Context extends CheckOptions {
  readonly problems: ConfigProblem[]
  readonly warnings: ConfigWarning[]
}

interface Place {
  readonly context: Context
  readonly path: readonly string[]
  readonly keyOrigin: ConfigOrigin
  readonly secret: boolean
}

export function checkConfig(root: MappingNode, options: CheckOptions): Checked {
  const context: Context = { ...options, problems: [], warnings: [] }
  const value = checkMapping(root, options.schema, { context, path: [], keyOrigin: root.origin, secret: false })
  return { value, problems: context.problems, warnings: context.warnings }
}

/** A value, or nothing when it was wrong and has been reported. */
type Result = { readonly value: unknown } | undefined

function checkNode(node: ConfigNode, schema: SchemaView, at: Place): Result {
  if (node.kind === 'scalar' && node.broken === true) return undefined
  if (isOpenSchema(schema)) return { value: valueOfNode(node) }
  const place = { ...at, secret: at.secret || isSecretSchema(schema) }
  const branches = alternativesOf(schema)
  const mappings = branches.filter(isMappingSchema)
  const list = branches.find(isListSchema)
  if (node.kind === 'mapping' && mappings.length > 0) return { value: checkMappings(node, mappings, place) }
  if (node.kind === 'list' && list !== undefined) return checkList(node, list, place)
  if (node.kind === 'scalar') return checkScalar(node, schema, place)
  return reject(node, schema, place)
}

/** Of several kinds of mapping, the one with the fewest problems is the one that was meant. */
function checkMappings(node: MappingNode, schemas: readonly SchemaView[], place: Place): Readonly<Record<string, unknown>> {
  const attempts = schemas.map((schema) => {
    const own: Context = { ...place.context, problems: [], warnings: [] }
    return { value: checkMapping(node, schema, { ...place, context: own }), own }
  })
  const best = attempts.reduce((least, attempt) => (attempt.own.problems.length < least.own.problems.length ? attempt : least))
  place.context.problems.push(...best.own.problems)
  place.context.warnings.push(...best.own.warnings)
  return best.value
}

function checkScalar(node: ScalarNode, schema: SchemaView, place: Place): Result {
  const coerced = coerceScalar(node.value, schema)
  if (coerced !== undefined) return coerced
  if (node.value !== null) return reject(node, schema, place)
  const mapping = alternativesOf(schema).find(isMappingSchema)
  // A section whose keys are all commented out is null in YAML: an empty section.
  if (mapping !== undefined) return { value: checkMapping({ kind: 'mapping', entries: new Map(), origin: node.origin }, mapping, place) }
  return reject(node, schema, place)
}

function reject(node: ConfigNode, schema: SchemaView, { context, path, secret }: Place): undefined {
  const takesScalar = alternativesOf(schema).some((branch) => !isMappingSchema(branch) && !isListSchema(branch) && branch.type !== 'null')
  const got = takesScalar ? showValue(node, path.at(-1) ?? '', secret) : kindOfNode(node)
  const quotes = needsQuotes(node, schema) ? '; put it in quotes' : ''
  const wanted = (node.kind === 'scalar' ? brokenRefinement(node.value, schema) : null) ?? `must be ${describeRule(schema)}`
  context.problems.push(problemAt(path, `${wanted}, got ${got}${quotes}`, node.origin))
  return undefined
}

function needsQuotes(node: ConfigNode, schema: SchemaView): boolean {
  if (node.kind !== 'scalar' || (typeof node.value !== 'number' && typeof node.value !== 'boolean')) return false
  return alternativesOf(schema).some((branch) => branch.type === 'string') && coerceScalar(String(node.value), schema) !== undefined
}

function checkList(node: ListNode, schema: SchemaView, place: Place): Result {
  const results = node.items.map((item, index) => {
    return checkNode(item, schema.items ?? {}, { ...place, path: [...place.path, String(index)], keyOrigin: item.origin })
  })
  if (results.some((result) => result === undefined)) return undefined
  if (node.items.length < (schema.minItems ?? 0)) return reject(node, schema, place)
  return { value: results.map((result) => result?.value) }
}

function checkMapping(node: MappingNode, schema: SchemaView, place: Place): Readonly<Record<string, unknown>> {
  const members: [string, unknown][] = []
  const unknown: UnknownKey[] = []
  for (const [key, entry] of node.entries) {
    const member = memberSchema(schema, key)
    const path = [...place.path, key]
    if (member === undefined) {
      // A type without instances needs no package.
      if (isSinkTypePath(path) && isEmptyNode(entry.node)) continue
      unknown.push(reportUnknown(entry, schema, { ...place, path }))
      continue
    }
    const result = checkNode(entry.node, member, { ...place, path, keyOrigin: entry.keyOrigin })
    if (result !== undefined) members.push([key, result.value])
  }
  reportMissing(node, schema, { place, unknown })
  return Object.fromEntries(members)
}

function reportUnknown(entry: MappingEntry, schema: SchemaView, { context, path }: Place): UnknownKey {
  const key = path.at(-1) ?? ''
  const sinkType = isSinkTypePath(path)
  const found = explainUnknownKey(key, { known: Object.keys(schema.properties ?? {}), root: context.schema })
  const message = sinkType ? context.unknownSinkType(key) : found.message
  const problem = problemAt(path, message, entry.keyOrigin)
  if (context.strict || path.length === 1 || sinkType) context.problems.push(problem)
  else context.warnings.push({ ...problem, event: 'config_unknown_key' })
  return found
}

function isSinkTypePath(path: readonly string[]): boolean {
  return path[0] === 'sinks' && (path.length === 2 || (path.length === 3 && path[1] === 'custom'))
}

/** Required keys without a default. One that an unknown key was probably meant to be is not reported a second time. */
function reportMissing(
  node: MappingNode,
  schema: SchemaView,
  { place, unknown }: { readonly place: Place; readonly unknown: readonly UnknownKey[] },
): void {
  for (const key of schema.required ?? []) {
    const member = schema.properties?.[key]
    if (member === undefined || node.entries.has(key) || 'default' in member) continue
    if (place.context.strict && unknown.some(({ meant }) => meant === key)) continue
    place.context.problems.push(problemAt([...place.path, key], `is required: ${describeRule(member)}`, place.keyOrigin))
  }
}
