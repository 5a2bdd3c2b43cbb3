/** The second half of loading: a tree and its complete schema to a frozen configuration, or to all problems at once. */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import type { TObject } from 'typebox'
import { Value } from 'typebox/value'
import { checkConfig } from './check.ts'
import { coerceScalar } from './coerce.ts'
import type { SinkSchemas } from './complete-schema.ts'
import { nodeAt, valueOfNode, type ConfigNode, type ConfigOrigin, type MappingNode } from './config-node.ts'
import { withDefaults, withDerived } from './defaults.ts'
import { deepFreeze } from './freeze.ts'
import { configuredInstances } from './instances.ts'
import { nearestKey } from './nearest-key.ts'
import { configError, describeOrigin, problemAt, sortProblems, type ConfigWarning } from './problems.ts'
import { brokenRules } from './rules.ts'
import { hasEverySection, type DrakkarConfig } from './schema.ts'
import { kafkaSchema } from './schema/kafka.ts'
import { viewOf } from './schema-view.ts'
import { ownSchemaProblems } from './own-schema.ts'

/** What the registry knows about the sinks. */
export interface SinkOptions {
  /** Schema of each installed type that is used. Undefined: the sinks' own keys are not checked. */
  readonly sinkSchemas?: SinkSchemas
  /** Every installed type, for suggestions. Default: the types of `sinkSchemas`. */
  readonly knownSinkTypes?: readonly string[]
  /** Why a type that is not in `sinkSchemas` cannot be used, as a whole sentence: package missing, broken, in conflict. */
  readonly sinkTypeErrors?: ReadonlyMap<string, string>
  /** How to get a type that nobody offers: a sentence naming the package to install. */
  readonly packageHint?: (type: string) => string
}

export interface ConfigSources {
  /** Absolute path of the file, null when there is none. */
  readonly file: string | null
  /** Where the value at this path was written: `drakkar.yaml:3:12`, `environment DRAKKAR_…`, `code`, or `default`. */
  describe(path: string | readonly string[]): string
}

export interface LoadedConfig {
  readonly config: DrakkarConfig
  readonly warnings: readonly ConfigWarning[]
  readonly sources: ConfigSources
}

export interface ValidateTreeOptions extends SinkOptions {
  readonly file: string | null
  /** Found in earlier steps. */
  readonly earlier: { readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigWarning[] }
}

export function validateTree(tree: MappingNode, schema: TObject, options: ValidateTreeOptions): LoadedConfig {
  const checked = checkConfig(tree, {
    schema: viewOf(schema),
    strict: isStrict(tree),
    unknownSinkType: (type) => unknownSinkType(type, options),
  })
  const single = [...options.earlier.problems, ...checked.problems]
  // The check has removed everything wrong, and the schema's defaults complete the rest.
  const complete = withDefaults(checked.value, viewOf(schema))
  if (!hasEverySection(complete)) throw new TypeError('the defaults leave no section out')
  const config = withDerived(complete, (path) => nodeAt(tree, path) !== undefined)
  const isWrong = wrongPaths(single)
  const own = ownSchemaProblems(configuredInstances(config), options.sinkSchemas ?? new Map(), (path) =>
    isWrong(path.join('.')) ? null : originAt(tree, path),
  )
  const findings = brokenRules(config, wrongPaths([...single, ...own]))
  const broken = findings.filter(({ event }) => event === undefined)
  const problems = [
    ...single,
    ...own,
    ...bothSources(tree),
    ...broken.map(({ path, message }) => problemAt(path, message, originAt(tree, path))),
  ]
  if (problems.length > 0) throw configError(problems)
  const questionable = findings.flatMap(({ path, message, event }) =>
    event === undefined ? [] : [{ ...problemAt(path, message, originAt(tree, path)), event }],
  )
  const warnings = sortProblems([...options.earlier.warnings, ...checked.warnings, ...questionable])
  return { config: deepFreeze(config), warnings, sources: sourcesOf(tree, options.file) }
}

function isStrict(tree: MappingNode): boolean {
  const node = tree.entries.get('strict')?.node
  if (node?.kind !== 'scalar') return true
  return coerceScalar(node.value, { type: 'boolean' })?.value !== false
}

function unknownSinkType(type: string, { sinkTypeErrors, sinkSchemas, knownSinkTypes, packageHint }: SinkOptions): string {
  const error = sinkTypeErrors?.get(type)
  if (error !== undefined) return error
  const known = knownSinkTypes ?? [...(sinkSchemas?.keys() ?? [])]
  const near = nearestKey(type, [...known, 'circuit_breaker', 'custom'])
  const remedy = near === null ? (packageHint?.(type) ?? `installed types: ${[...known].sort().join(', ')}`) : `did you mean "${near}"?`
  return `no installed package offers the sink type "${type}"; ${remedy}`
}

/** Exactly one source: `kafka` or `embedded`; neither means Kafka's defaults (design 13). */
function bothSources(tree: MappingNode): readonly ConfigProblem[] {
  const kafka = tree.entries.get('kafka')?.node
  const embedded = tree.entries.get('embedded')
  if (kafka === undefined || isNull(kafka) || embedded === undefined || isNull(embedded.node)) return []
  // A complete configuration that came back from code holds Kafka's defaults beside `embedded`.
  if (tree.origin.kind === 'code' && Value.Equal(valueOfNode(kafka), withDefaults({}, viewOf(kafkaSchema)))) return []
  return [problemAt('embedded', 'a worker has one source: remove `kafka` or `embedded`', embedded.keyOrigin)]
}

function isNull(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null
}

function wrongPaths(problems: readonly ConfigProblem[]): (path: string) => boolean {
  return (path) =>
    problems.some((problem) => problem.path === path || problem.path.startsWith(`${path}.`) || path.startsWith(`${problem.path}.`))
}

/** Of the value, else of the nearest mapping around it that somebody wrote. */
function originAt(tree: MappingNode, path: readonly string[]): ConfigOrigin | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const entry = nodeAt(tree, path.slice(0, length))
    if (entry !== undefined) return length === path.length ? entry.node.origin : entry.keyOrigin
  }
  return undefined
}

function sourcesOf(tree: MappingNode, file: string | null): ConfigSources {
  return {
    file,
    describe: (path) => {
      const entry = nodeAt(tree, typeof path === 'string' ? path.split('.') : path)
      if (entry === undefined) return 'default'
      return describeOrigin(entry.node.origin) ?? 'code'
    },
  }
}
