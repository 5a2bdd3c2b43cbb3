/** Loads a configuration from text, as `drakkar.yaml` in the working directory. */
import { ConfigError } from '@drakkar/plugin-sdk'
import { parseConfigDocument, validateDocument } from '../../src/config/load-config.ts'
import type { LoadedConfig, SinkOptions } from '../../src/config/validate-tree.ts'
import { packageHint, sinkSchemas } from './sink-schemas.ts'

export function loadText(text: string, env: NodeJS.ProcessEnv = {}, options: SinkOptions = { sinkSchemas, packageHint }): LoadedConfig {
  const source = { text, file: '/app/drakkar.yaml', shownAs: 'drakkar.yaml' }
  return validateDocument(parseConfigDocument(source, env), options)
}

/** The problem lines of a text that must be refused. */
export function problemsOf(text: string, env: NodeJS.ProcessEnv = {}, options?: SinkOptions): readonly string[] {
  try {
    loadText(text, env, options)
  } catch (error) {
    if (!ConfigError.isInstance(error)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
  return []
}
