/**
 * Loading the configuration: read → parse → expand → override → check → defaults → rules → freeze. In two phases, because
 * the schemas of sinks come from packages that only the file names: read the document, load those packages, validate.
 */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import { emptyMapping, nodeFromValue, type MappingNode } from './config-node.ts'
import { collectOverrides, placeOverrides, type Override } from './environment.ts'
import { expandVariables } from './expand-variables.ts'
import { applyOverrides } from './merge.ts'
import { parseYaml } from './parse-yaml.ts'
import { configError, problemAt, type ConfigWarning } from './problems.ts'
import { readConfigFile, type ConfigText } from './read-config-file.ts'
import type { DrakkarConfig, MutableConfig } from './schema.ts'
import { viewOf } from './schema-view.ts'
import { completeSchema } from './complete-schema.ts'
import { usedSinkTypes, type UsedSinkType } from './used-sink-types.ts'
import { validateTree, type LoadedConfig, type SinkOptions } from './validate-tree.ts'

export interface ReadOptions {
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Directory that paths are relative to. Default: the working directory. */
  readonly cwd?: string
}

/** The file and the environment, read but not yet checked. */
export interface ConfigDocument {
  /** Absolute path of the file, null when there is none. */
  readonly file: string | null
  /** Sink types that file and environment name, in order, with the place where each is named first. */
  readonly usedSinkTypes: readonly UsedSinkType[]
  /** `plugins.prefer`, as far as it is right: needed to load the packages. */
  readonly prefer: Readonly<Record<string, string>>
  /** `handler`, `''` when absent or wrong. */
  readonly handler: string
  /** Of interest to `validateDocument` alone. */
  readonly parts: DocumentParts
}

export interface DocumentParts {
  readonly root: MappingNode
  readonly overrides: readonly Override[]
  readonly problems: readonly ConfigProblem[]
  readonly warnings: readonly ConfigWarning[]
}

/**
 * Reads the file (`path`, else `DRAKKAR_CONFIG`, else none) and the environment. Throws `ConfigError`
 * (`DRK_CONFIG_FILE_NOT_FOUND`, `DRK_CONFIG_INVALID`) when there is no usable YAML mapping; other problems wait for
 * `validateDocument`, so that all are reported together.
 */
export function readConfigDocument(path?: string, options: ReadOptions = {}): ConfigDocument {
  const env = options.env ?? process.env
  return parseConfigDocument(readConfigFile(path, env, options.cwd ?? process.cwd()), env)
}

/** The same for a text that has been read already; null: no file, the environment alone. */
export function parseConfigDocument(source: ConfigText | null, env: NodeJS.ProcessEnv): ConfigDocument {
  const parsed =
    source === null ? { root: emptyMapping({ kind: 'code' }), problems: [], usable: true } : parseYaml(source.text, source.shownAs)
  if (!parsed.usable) throw configError(parsed.problems)
  const expanded = expandVariables(parsed.root, env)
  const { overrides, warnings } = collectOverrides(env)
  const parts = { root: expanded.root, overrides, problems: [...parsed.problems, ...expanded.problems], warnings }
  return documentOf(source?.file ?? null, parts, previewTree(parts))
}

function documentOf(file: string | null, parts: DocumentParts, preview: MappingNode): ConfigDocument {
  return {
    file,
    usedSinkTypes: usedSinkTypes(preview),
    prefer: textMembers(preview, ['plugins', 'prefer']),
    handler: textMembers(preview, [])['handler'] ?? '',
    parts,
  }
}

/** Environment applied as well as it can be without the schemas of the sinks. */
function previewTree({ root, overrides }: DocumentParts): MappingNode {
  const open = viewOf(completeSchema({ sinks: undefined, openTypes: usedSinkTypes(root).map(({ type }) => type) }))
  return applyOverrides(root, placeOverrides(overrides, root, open).placed)
}

function textMembers(root: MappingNode, path: readonly string[]): Readonly<Record<string, string>> {
  let node: MappingNode = root
  for (const key of path) {
    const next = node.entries.get(key)?.node
    if (next?.kind !== 'mapping') return {}
    node = next
  }
  const members = [...node.entries].flatMap(([key, entry]) =>
    entry.node.kind === 'scalar' && typeof entry.node.value === 'string' ? [[key, entry.node.value] as const] : [],
  )
  return Object.fromEntries(members)
}

/** Checks a document and completes it. Throws `ConfigError` (`DRK_CONFIG_INVALID`) with every problem there is. */
export function validateDocument(document: ConfigDocument, options: SinkOptions = {}): LoadedConfig {
  const { root, overrides, problems, warnings } = document.parts
  const openTypes = document.usedSinkTypes.map(({ type }) => type)
  const schema = completeSchema({ sinks: options.sinkSchemas, openTypes })
  const placement = placeOverrides(overrides, root, viewOf(schema))
  const tree = applyOverrides(root, placement.placed)
  const earlier = { problems: [...problems, ...placement.problems], warnings }
  return validateTree(tree, schema, { ...options, file: document.file, earlier })
}

/** Both phases at once, for callers that have the sink schemas, or do not want the sinks' own keys checked. */
export function loadConfig(path?: string, options: ReadOptions & SinkOptions = {}): LoadedConfig {
  return validateDocument(readConfigDocument(path, options), options)
}

/**
 * A configuration made or changed in code: the same checks, without file, environment and `${NAME}` (CFG-5, CFG-15).
 * Throws `ConfigError` (`DRK_CONFIG_INVALID`).
 */
export function validateConfig(value: unknown, options: SinkOptions = {}): LoadedConfig {
  return validateDocument(documentOfValue(value), options)
}

/** The first phase for a configuration made in code. Throws `ConfigError` (`DRK_CONFIG_INVALID`) for what is no object. */
export function documentOfValue(value: unknown): ConfigDocument {
  const root = nodeFromValue(value, { kind: 'code' })
  if (root.kind !== 'mapping') throw configError([problemAt('', 'the configuration must be an object')])
  return documentOf(null, { root, overrides: [], problems: [], warnings: [] }, root)
}

/** A copy that `onStartup` may change; hand it to `validateConfig` afterwards (CFG-15). */
export function mutableCopy(config: DrakkarConfig): MutableConfig {
  const copy = structuredClone(config)
  if (!isMutable(copy)) throw new TypeError('a clone is not frozen')
  return copy
}

function isMutable(config: DrakkarConfig): config is MutableConfig {
  return !Object.isFrozen(config)
}
