/** Per-user place for downloaded servers, outside the repository so that every clone shares them. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** `DRAKKAR_SERVICES_CACHE`, else `drakkar/services` below the user's cache directory. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment['DRAKKAR_SERVICES_CACHE']) return environment['DRAKKAR_SERVICES_CACHE']
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'drakkar', 'services')
}
