/** Whether the directory of the spool can be used, found out without making it (spec CLI-5). */
import { access, constants, readdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ConfigProblem, errorMessage } from '@drakkar/plugin-sdk'

/** `directory`: `dlq.spool_dir`; empty: no spool. What `openSpool` would refuse, in its words; null when it would open it. */
export async function spoolDirectoryProblem(directory: string): Promise<ConfigProblem | null> {
  if (directory === '') return null
  try {
    await assertUsable(directory)
    return null
  } catch (error) {
    return unusableSpool(error)
  }
}

export function unusableSpool(error: unknown): ConfigProblem {
  return { path: 'dlq.spool_dir', message: `cannot be used: ${errorMessage(error)}` }
}

async function assertUsable(directory: string): Promise<void> {
  const exists = await isDirectory(directory)
  if (exists === true) await readdir(directory)
  else if (exists === false) throw cannotMake(directory, 'EEXIST: file already exists')
  else await assertCanBeMade(directory)
}

/** What is missing is made in the nearest directory there is. */
async function assertCanBeMade(directory: string): Promise<void> {
  let missing = directory
  while ((await isDirectory(dirname(missing))) === null) missing = dirname(missing)
  try {
    await access(dirname(missing), constants.W_OK | constants.X_OK)
  } catch (error) {
    throw cannotMake(missing, reasonOf(error), error)
  }
}

/** Null: there is nothing. */
async function isDirectory(path: string): Promise<boolean | null> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw cannotMake(path, reasonOf(error), error)
  }
}

/** As the system says it when somebody tries. */
function cannotMake(path: string, reason: string, cause?: unknown): Error {
  return new Error(`${reason}, mkdir '${path}'`, { cause })
}

/** Code and text of a system error, without the call that failed. */
function reasonOf(error: unknown): string {
  return errorMessage(error).split(', ', 1)[0] ?? ''
}
