/** The step between the two phases of loading: the packages of the sink types a document names. */
import { PluginError, type SinkDefinition } from '@drakkar/plugin-sdk'
import { packageHint } from '../registry/unknown-type.ts'
import type { ConfigDocument } from './load-config.ts'
import type { SinkOptions } from './validate-tree.ts'

/** What is needed of the registry. */
export interface SinkTypes {
  prefer(prefer: Readonly<Record<string, string>>): void
  load(type: string): Promise<SinkDefinition>
  allNames(): readonly string[]
}

export interface LoadedSinkTypes {
  /** For `validateDocument`. */
  readonly options: SinkOptions
  /** Definition of each type that is named and could be loaded. */
  readonly definitions: ReadonlyMap<string, SinkDefinition>
}

/**
 * Loads every sink type the document names. A type that cannot be loaded does not reject: `validateDocument` reports it
 * with its line, together with all other problems.
 */
export async function loadSinkTypes(document: ConfigDocument, registry: SinkTypes): Promise<LoadedSinkTypes> {
  registry.prefer(document.prefer)
  const definitions = new Map<string, SinkDefinition>()
  const sinkTypeErrors = new Map<string, string>()
  for (const { type } of document.usedSinkTypes) {
    try {
      definitions.set(type, await registry.load(type))
    } catch (error) {
      if (!PluginError.isInstance(error)) throw error
      if (error.code !== 'DRK_PLUGIN_UNKNOWN_TYPE') sinkTypeErrors.set(type, error.message)
    }
  }
  const sinkSchemas = new Map([...definitions].map(([type, definition]) => [type, definition.config]))
  return { definitions, options: { sinkSchemas, sinkTypeErrors, knownSinkTypes: registry.allNames(), packageHint } }
}
