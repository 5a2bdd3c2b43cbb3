/**
 * `DRAKKAR_…__…` variables: which ones are meant, and where in the configuration they point (CFG-6…12). Pure.
 */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import { nodeAt, nodeFromValue, type ConfigNode, type ConfigOrigin, type MappingNode } from './config-node.ts'
import { problemAt, type ConfigWarning } from './problems.ts'
import { rootProperties } from './schema.ts'
import { alternativesOf, isListSchema, isMappingSchema, memberSchema, type SchemaView } from './schema-view.ts'

/** One variable that overrides something. */
export interface Override {
  readonly variable: string
  /** Levels as written, e.g. `['SINKS', 'POSTGRES', 'MAIN_DB', 'DSN']`. */
  readonly segments: readonly string[]
  readonly text: string
}

export interface Overrides {
  readonly overrides: readonly Override[]
  readonly warnings: readonly ConfigWarning[]
}

const prefix = 'DRAKKAR_'
/** What py-drakkar's newest release calls the prefix (CFG-7). */
const aliasPrefix = 'DK_'
/** Ours, but no setting: the file to load, and what children of a worker find in their environment. */
const reservedNames: ReadonlySet<string> = new Set(['CONFIG', 'RUN_ID'])

/** Variables in a fixed order, so that a result never depends on the order of the environment. */
export function collectOverrides(environment: NodeJS.ProcessEnv): Overrides {
  const overrides: Override[] = []
  const warnings: ConfigWarning[] = []
  for (const [variable, text] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (text === undefined) continue
    const name = overrideName(variable)
    if (name === null || reservedNames.has(name)) continue
    const isAlias = variable.startsWith(aliasPrefix)
    if (isAlias && environment[prefix + name] !== undefined) continue
    const segments = name.split('__')
    const origin: ConfigOrigin = { kind: 'environment', variable }
    if (!Object.hasOwn(rootProperties, (segments[0] ?? '').toLowerCase())) {
      if (!isAlias)
        warnings.push({ ...problemAt('', 'names no configuration section and is ignored', origin), event: 'config_env_ignored' })
      continue
    }
    if (isAlias) warnings.push({ ...problemAt('', `is an old spelling; use ${prefix}${name}`, origin), event: 'config_env_alias' })
    overrides.push({ variable, segments, text })
  }
  return { overrides, warnings }
}

function overrideName(variable: string): string | null {
  if (variable.startsWith(prefix)) return variable.slice(prefix.length)
  return variable.startsWith(aliasPrefix) ? variable.slice(aliasPrefix.length) : null
}

/** An override whose place is known. */
export interface PlacedOverride {
  readonly variable: string
  readonly path: readonly string[]
  readonly node: ConfigNode
}

export interface Placement {
  readonly placed: readonly PlacedOverride[]
  readonly problems: readonly ConfigProblem[]
}

/** Finds each override's place in `root` and `schema` and reads its text as the schema wants it. */
export function placeOverrides(overrides: readonly Override[], root: MappingNode, schema: SchemaView): Placement {
  const readable: PlacedOverride[] = []
  const unreadable: PlacedOverride[] = []
  const problems: ConfigProblem[] = []
  for (const { variable, segments, text } of overrides) {
    const origin: ConfigOrigin = { kind: 'environment', variable }
    const target = resolveTarget(segments, root, schema)
    if ('message' in target) {
      problems.push(problemAt(target.path, target.message, origin))
      continue
    }
    const node = readText(text, target.schema, origin)
    if (node === null) unreadable.push({ variable, path: target.path, node: { kind: 'scalar', value: text, origin } })
    else readable.push({ variable, path: target.path, node })
  }
  const clashes = conflicts([...readable, ...unreadable])
  const noJson = unreadable
    .filter(({ variable }) => !clashes.some((clash) => clash.variables.includes(variable)))
    .map(({ path, node }) => problemAt(path, 'must be JSON for a list or a mapping', node.origin))
  return { placed: readable, problems: [...problems, ...noJson, ...clashes.map(({ problem }) => problem)] }
}

type Target =
  | { readonly path: readonly string[]; readonly schema: SchemaView }
  | { readonly path: readonly string[]; readonly message: string }

function resolveTarget(segments: readonly string[], root: MappingNode, schema: SchemaView): Target {
  const path: string[] = []
  let current: SchemaView = schema
  for (const segment of segments) {
    const mapping = alternativesOf(current).find(isMappingSchema) ?? {}
    const existing = existingKeys(root, path)
    const key = resolveKey(segment, mapping, existing)
    if (key.length > 1) return { path, message: `${segment} may mean ${key.map((name) => `"${name}"`).join(' or ')}; rename one of them` }
    const name = key[0] ?? newKey(segment, mapping)
    path.push(name)
    current = memberSchema(mapping, name) ?? {}
  }
  return { path, schema: current }
}

function existingKeys(root: MappingNode, path: readonly string[]): readonly string[] {
  const node = nodeAt(root, path)?.node
  return node?.kind === 'mapping' ? [...node.entries.keys()] : []
}

/** Listed keys first, then keys the file has, ignoring case and taking `-` and `_` as equal (CFG-9). */
function resolveKey(segment: string, mapping: SchemaView, existing: readonly string[]): readonly string[] {
  const wanted = comparable(segment)
  const listed = Object.keys(mapping.properties ?? {}).filter((key) => comparable(key) === wanted)
  if (listed.length > 0) return listed.slice(0, 1)
  const matches = existing.filter((key) => comparable(key) === wanted)
  return matches.includes(segment) ? [segment] : matches
}

function comparable(name: string): string {
  return name.toLowerCase().replaceAll('-', '_')
}

/** New instances are lower case (CFG-9); names in a mapping of strings, such as `executor.env`, stay as they are written. */
function newKey(segment: string, mapping: SchemaView): string {
  const member = memberSchema(mapping, segment)
  return member?.type === 'string' ? segment : segment.toLowerCase()
}

/** Null: a list or a mapping is wanted and the text is no JSON. Scalars are coerced by the check, like those of the file. */
function readText(text: string, schema: SchemaView, origin: ConfigOrigin): ConfigNode | null {
  const branches = alternativesOf(schema)
  if (text === 'null' && branches.some((branch) => branch.type === 'null')) return { kind: 'scalar', value: null, origin }
  const structured = branches.some((branch) => isMappingSchema(branch) || isListSchema(branch))
  if (!structured) return { kind: 'scalar', value: text, origin }
  const scalarAllowed = branches.some((branch) => !isMappingSchema(branch) && !isListSchema(branch) && branch.type !== 'null')
  if (scalarAllowed && !/^\s*[[{]/.test(text)) return { kind: 'scalar', value: text, origin }
  return parseJsonText(text, origin)
}

function parseJsonText(text: string, origin: ConfigOrigin): ConfigNode | null {
  try {
    const node = nodeFromValue(JSON.parse(text), origin)
    return node.kind === 'scalar' ? null : node
  } catch {
    return null
  }
}

interface Conflict {
  readonly variables: readonly string[]
  readonly problem: ConfigProblem
}

/** Two variables for one place, or one for a value and one for something inside it (CFG-10). */
function conflicts(overrides: readonly PlacedOverride[]): readonly Conflict[] {
  return overrides.flatMap((one, index) => overrides.slice(index + 1).flatMap((other) => conflictOf(one, other) ?? []))
}

function conflictOf(one: PlacedOverride, other: PlacedOverride): Conflict | null {
  const [outer, inner] = one.path.length <= other.path.length ? [one, other] : [other, one]
  if (!outer.path.every((key, level) => inner.path[level] === key)) return null
  const same = outer.path.length === inner.path.length
  if (!same && outer.node.kind === 'mapping') return null
  const message = same
    ? `${outer.variable} and ${inner.variable} set the same value; keep one of them`
    : `${outer.variable} sets the whole and ${inner.variable} a part of it; keep one of them`
  return { variables: [outer.variable, inner.variable], problem: problemAt(outer.path, message, outer.node.origin) }
}
