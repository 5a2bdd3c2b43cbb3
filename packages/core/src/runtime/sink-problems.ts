/** Why a configured sink cannot be used, in the words of `drakkar run` and `drakkar check` alike. */
import { type ConfigProblem, errorMessage, redactText, type SinkDefinition } from '@drakkar/plugin-sdk'
import type { SinkInstanceConfig } from '../config/instances.ts'

/** A sink that acknowledges before payloads are safe has to be wanted (spec UNI-4). Null: nothing to say. */
export function lossyProblem({ type, name, framework }: SinkInstanceConfig, { capabilities }: SinkDefinition): ConfigProblem | null {
  if (capabilities.lossy !== true || framework.lossy) return null
  const message = `the sink type "${type}" acknowledges payloads before they are safe; accept that with \`lossy: true\``
  return { path: `sinks.${type}.${name}.lossy`, message }
}

/** `error`: thrown by `create`. */
export function creationProblem({ type, name }: Pick<SinkInstanceConfig, 'type' | 'name'>, error: unknown): ConfigProblem {
  return { path: `sinks.${type}.${name}`, message: `the sink could not be created: ${redactText(errorMessage(error))}` }
}
