/** Fail fast: can the configured program be started at all? */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DrakkarError } from '@drakkar/plugin-sdk'

/**
 * Resolves with the file that will run; throws `DRK_EXECUTOR_UNUSABLE` saying what is wrong. A name without a slash is
 * looked up in `searchPath` (the children's `PATH`, default the worker's), as the system does it.
 */
export async function checkBinary(path: string, searchPath: string = process.env['PATH'] ?? '/bin:/usr/bin'): Promise<string> {
  if (path.includes('/') || process.platform === 'win32') {
    const problem = await problemOf(path)
    if (problem === null) return path
    throw unusable(`executor.binary_path ${JSON.stringify(path)} ${problem}`)
  }
  for (const folder of searchPath.split(delimiter)) {
    const candidate = join(folder === '' ? '.' : folder, path)
    if ((await problemOf(candidate)) === null) return candidate
  }
  throw unusable(`executor.binary_path ${JSON.stringify(path)} is not an executable file in any folder of PATH`)
}

async function problemOf(path: string): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) return 'is not a file'
    await access(path, constants.X_OK)
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
    return code === 'EACCES' ? 'is not executable for this user' : `cannot be used (${String(code ?? error)})`
  }
}

function unusable(message: string): DrakkarError {
  return new DrakkarError({ code: 'DRK_EXECUTOR_UNUSABLE', message })
}
