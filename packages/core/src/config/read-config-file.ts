/** The only input of the loader: which file, and its text (CFG-1, CFG-2). */
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { ConfigError, errorMessage } from '@drakkar/plugin-sdk'

export interface ConfigText {
  /** Absolute path. */
  readonly file: string
  /** Path as problems show it: relative to the working directory when it lies below it. */
  readonly shownAs: string
  readonly text: string
}

/**
 * Reads the file given, else the one `DRAKKAR_CONFIG` names; null when there is neither. Synchronous: it runs once, before
 * anything else. Throws `ConfigError` (`DRK_CONFIG_FILE_NOT_FOUND`, or `DRK_CONFIG_INVALID` when it cannot be read).
 */
export function readConfigFile(path: string | undefined, environment: NodeJS.ProcessEnv, directory: string): ConfigText | null {
  const chosen = path ?? configuredPath(environment)
  if (chosen === undefined) return null
  const file = resolve(directory, chosen)
  const below = relative(directory, file)
  const shownAs = below.startsWith('..') || below === '' ? file : below
  try {
    return { file, shownAs, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) }
  } catch (error) {
    throw readFailure(error, shownAs)
  }
}

function configuredPath(environment: NodeJS.ProcessEnv): string | undefined {
  return [environment['DRAKKAR_CONFIG'], environment['DK_CONFIG']].find((value) => value !== undefined && value !== '')
}

function readFailure(error: unknown, file: string): ConfigError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') {
    return new ConfigError({ code: 'DRK_CONFIG_FILE_NOT_FOUND', message: `Config file not found: ${file}`, cause: error })
  }
  const reason = code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not UTF-8 text' : `cannot be read: ${errorMessage(error)}`
  const problems = [{ path: '', message: `the file ${reason}`, origin: file }]
  return new ConfigError({ code: 'DRK_CONFIG_INVALID', message: `Config file ${file} ${reason}`, problems, cause: error })
}
