/**
 * Imports the module of one candidate and checks what it exports. The only place of the registry that runs foreign code.
 */
import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errorMessage, PluginError, redactText, type SinkDefinition } from '@drakkar/plugin-sdk'
import { checkDefinition } from './check-definition.ts'
import { candidateLabel, type SinkCandidate } from './sink-candidate.ts'

/** Imports a module by its `file:` URL; replaceable for environments with a loader of their own. */
export type ImportModule = (moduleUrl: string) => Promise<Readonly<Record<string, unknown>>>

export const importModule: ImportModule = async (moduleUrl) => {
  const exported: Readonly<Record<string, unknown>> = await import(/* @vite-ignore */ moduleUrl)
  return exported
}

/**
 * Rejects with `PluginError`: `DRK_PLUGIN_LOAD_FAILED` when the module is missing or throws at import,
 * `DRK_PLUGIN_INVALID` when it exports something else than a usable definition. The message names type, package and place;
 * secrets in it are redacted.
 */
export async function loadDefinition(candidate: SinkCandidate, load: ImportModule): Promise<SinkDefinition> {
  const { source } = candidate
  if (source.kind === 'registered') return source.definition
  if (source.kind === 'invalid') throw invalid(candidate, source.reason)
  let exported: Readonly<Record<string, unknown>>
  try {
    exported = await load(source.moduleUrl)
  } catch (error) {
    throw loadFailed(
      candidate,
      error,
      (await exists(source.moduleUrl)) ? errorMessage(error) : 'the file does not exist; was the package built?',
    )
  }
  const check = checkDefinition(exported[source.exportName], candidate.type)
  if (check.usable) return check.definition
  throw invalid(candidate, check.reason)
}

async function exists(moduleUrl: string): Promise<boolean> {
  return access(fileURLToPath(moduleUrl)).then(
    () => true,
    () => false,
  )
}

function loadFailed(candidate: SinkCandidate, cause: unknown, reason: string): PluginError {
  const { type: sinkType, packageName } = candidate
  const message = `${subject(candidate)} could not be loaded: ${redactText(reason)}`
  return new PluginError({ code: 'DRK_PLUGIN_LOAD_FAILED', sinkType, packageName, message, cause })
}

function invalid(candidate: SinkCandidate, reason: string): PluginError {
  const { type: sinkType, packageName } = candidate
  return new PluginError({ code: 'DRK_PLUGIN_INVALID', sinkType, packageName, message: `${subject(candidate)} cannot be used: ${reason}` })
}

function subject(candidate: SinkCandidate): string {
  if (candidate.type === '') return `the manifest of ${candidateLabel(candidate)} (${candidate.location})`
  return `the sink type "${candidate.type}" of ${candidateLabel(candidate)} (${candidate.location})`
}
