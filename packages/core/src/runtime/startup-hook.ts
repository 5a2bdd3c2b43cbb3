/** `onStartup`: the handler may change the configuration before anything is built of it (spec HND-3, CFG-15). */
import { ConfigError } from '@drakkar/plugin-sdk'
import { documentOfValue, mutableCopy } from '../config/load-config.ts'
import { configError, type ConfigWarning } from '../config/problems.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import type { AnyHandler } from '../handler.ts'
import type { SinkRegistry } from '../registry/sink-registry.ts'
import { validateWithPlugins, type LoadedWithPlugins } from '../registry/validate-with-plugins.ts'
import { abortable } from './abortable.ts'

export interface Loaded {
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly warnings: readonly ConfigWarning[]
}

/**
 * The configuration as the hook leaves it, checked again. Rejects with whatever the hook throws, with a `ConfigError` whose
 * problems name `onStartup`, and with the signal's reason.
 */
export async function runStartupHook(handler: AnyHandler, loaded: Loaded, signal: AbortSignal): Promise<Loaded> {
  if (handler.onStartup === undefined) return loaded
  signal.throwIfAborted()
  const copy = mutableCopy(loaded.config)
  const returned: unknown = await abortable(Promise.resolve(handler.onStartup(copy)), signal)
  const { config, warnings } = await checked(returned ?? copy, loaded.registry)
  const isKnown = (warning: ConfigWarning): boolean =>
    loaded.warnings.some(({ event, path, message }) => event === warning.event && path === warning.path && message === warning.message)
  return { ...loaded, config, warnings: [...loaded.warnings, ...warnings.filter((warning) => !isKnown(warning))] }
}

async function checked(value: unknown, registry: SinkRegistry): Promise<LoadedWithPlugins> {
  try {
    return await validateWithPlugins(documentOfValue(value), registry)
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    throw configError(error.problems.map((problem) => ({ ...problem, origin: 'onStartup' })))
  }
}
