/**
 * The second phase of loading a configuration when its sinks come from packages: loads the types the document names, hands
 * their schemas to the check, and adds what the registry knows to the problems.
 */
import { ConfigError, PluginError, type ConfigProblem, type SinkDefinition } from '@drakkar/plugin-sdk'
import { validateDocument, type ConfigDocument } from '../config/load-config.ts'
import { configError } from '../config/problems.ts'
import type { LoadedConfig } from '../config/validate-tree.ts'
import type { SinkRegistry } from './sink-registry.ts'

export interface LoadedWithPlugins extends LoadedConfig {
  /** Definitions of the configured types. */
  readonly definitions: ReadonlyMap<string, SinkDefinition>
}

/**
 * Applies `plugins.prefer`, imports the packages of the configured types and checks the document with their schemas.
 * Rejects with `ConfigError` holding every problem: of the document, of sink types that cannot be used, and types that two
 * packages offer (spec REG-7, REG-8, CLI-2).
 */
export async function validateWithPlugins(document: ConfigDocument, registry: SinkRegistry): Promise<LoadedWithPlugins> {
  registry.prefer(document.prefer)
  const used = document.usedSinkTypes.map(({ type }) => type)
  const { definitions, errors } = await loadTypes(registry, used)
  const conflicts = unusedConflicts(registry, used)
  const loaded = withFurtherProblems(conflicts, () =>
    validateDocument(document, {
      sinkSchemas: new Map([...definitions].map(([type, { config }]) => [type, config])),
      sinkTypeErrors: errors,
      knownSinkTypes: registry.allNames(),
      packageHint: (type) => registry.packageHint(type),
    }),
  )
  return { ...loaded, definitions }
}

interface LoadedTypes {
  readonly definitions: ReadonlyMap<string, SinkDefinition>
  /** Why a type that somebody offers cannot be used. */
  readonly errors: ReadonlyMap<string, string>
}

async function loadTypes(registry: SinkRegistry, types: readonly string[]): Promise<LoadedTypes> {
  const definitions = new Map<string, SinkDefinition>()
  const errors = new Map<string, string>()
  const offered = types.filter((type) => registry.get(type) !== null)
  await Promise.all(
    offered.map(async (type) => {
      try {
        definitions.set(type, await registry.load(type))
      } catch (error) {
        if (!PluginError.isInstance(error)) throw error
        errors.set(type, error.message)
      }
    }),
  )
  return { definitions, errors }
}

/** Conflicts over types the document names are reported at the place where it names them. */
function unusedConflicts(registry: SinkRegistry, used: readonly string[]): readonly ConfigProblem[] {
  return registry
    .conflicts()
    .filter(({ sinkType }) => !used.includes(sinkType))
    .map(({ sinkType, message }) => ({ path: `plugins.prefer.${sinkType}`, message }))
}

function withFurtherProblems(further: readonly ConfigProblem[], validate: () => LoadedConfig): LoadedConfig {
  try {
    const loaded = validate()
    if (further.length === 0) return loaded
  } catch (error) {
    if (further.length === 0 || !ConfigError.isInstance(error)) throw error
    throw configError([...error.problems, ...further])
  }
  throw configError(further)
}
