/**
 * The configuration for tools that look at the log alone: a worker's file whose other sections may be wrong, or refer to what
 * this machine does not have (spec RPL-19).
 */
import type { MappingNode } from './config-node.ts'
import { readConfigDocument, validateDocument, type ConfigDocument, type ReadOptions } from './load-config.ts'
import { rootProperties } from './schema.ts'
import type { LoadedConfig } from './validate-tree.ts'

type Section = keyof typeof rootProperties

/** Sections that say where dead letters are. */
const logSections: readonly Section[] = ['strict', 'kafka', 'embedded', 'dlq']

/** Sections that say, besides, how sinks are made. */
const sinkSections: readonly Section[] = [...logSections, 'sinks', 'plugins', 'worker_name_env', 'cluster_name', 'cluster_name_env']

/**
 * The document with these sections alone, to be validated: the others take their defaults, whatever they hold. A key that names
 * no section stays, because it may be a misspelt one of these.
 */
function onlySections(document: ConfigDocument, sections: readonly Section[]): ConfigDocument {
  const { root, overrides, problems, warnings } = document.parts
  const left = new Set(Object.keys(rootProperties).filter((key) => !sections.some((section) => section === key)))
  const isLeft = (path: string): boolean => left.has(path.split('.')[0] ?? '')
  const entries = new Map([...root.entries].filter(([key]) => !left.has(key)))
  const rest: MappingNode = { ...root, entries }
  return {
    ...document,
    usedSinkTypes: left.has('sinks') ? [] : document.usedSinkTypes,
    parts: {
      root: rest,
      overrides: overrides.filter(({ segments }) => !left.has((segments[0] ?? '').toLowerCase())),
      problems: problems.filter(({ path }) => !isLeft(path)),
      warnings: warnings.filter(({ path }) => !isLeft(path)),
    },
  }
}

/**
 * As `loadConfig`, for what says where dead letters are; sinks are not looked at. Throws `ConfigError`
 * (`DRK_CONFIG_FILE_NOT_FOUND`, `DRK_CONFIG_INVALID`).
 */
export function loadLogConfig(path: string | undefined, options: ReadOptions): LoadedConfig {
  return validateDocument(onlySections(readConfigDocument(path, options), logSections))
}

/** The same document reduced to what says where dead letters are and how sinks are made, for `validateWithPlugins`. */
export function forSinksAlone(document: ConfigDocument): ConfigDocument {
  return onlySections(document, sinkSections)
}
