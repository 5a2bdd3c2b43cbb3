/** Signals process groups without ever hitting the worker itself, and waits until a killed one is really gone. */
import { readFileSync } from 'node:fs'
import { hasLiveGroupMember, readProcessStat } from './process-table.js'

/** Windows has no process groups; there only the child itself is killed (EXE-12). */
export const hasProcessGroups = process.platform !== 'win32'

/**
 * Sends a signal to every member of the group. False when there is none, or none that may be signalled.
 * Throws `RangeError` for ids that would hit the worker, every process, or init.
 */
export function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  if (!isForeignGroup(groupId)) throw new RangeError(`refusing to signal process group ${groupId}`)
  try {
    process.kill(hasProcessGroups ? -groupId : groupId, signal)
    return true
  } catch (error) {
    // ESRCH: ended in between (EXE-14). EPERM: all members changed their user; nothing we may do.
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM')) return false
    throw error
  }
}

/** False for ids that must never be signalled: 0, 1, negative, fractions, the worker's own pid and group. */
export function isForeignGroup(groupId: number): boolean {
  return Number.isSafeInteger(groupId) && groupId > 1 && groupId !== process.pid && groupId !== ownGroupId()
}

/**
 * Kills what is left of a group whose leader has been reaped, and waits until nothing but zombies is left.
 * As long as a group has members the kernel gives its id to no new process, so a living process with that pid means that
 * the id was used again and the old group is gone.
 *
 * Resolves false when members are still there after `limitMs`.
 */
export async function endLeaderlessGroup(groupId: number, limitMs = 2000): Promise<boolean> {
  if (!hasProcessGroups || !signalGroup(groupId, 0)) return true
  if ((await readProcessStat(groupId)) !== null) return true
  const giveUpAt = performance.now() + limitMs
  for (let attempt = 0; signalGroup(groupId, 'SIGKILL'); attempt += 1) {
    // Zombies still take signals; they are gone as far as work and pipes are concerned.
    if (attempt >= 3 && process.platform === 'linux' && !(await hasLiveGroupMember(groupId))) return true
    if (performance.now() > giveUpAt) return false
    await new Promise((resolve) => setTimeout(resolve, Math.min(2 ** attempt, 50)))
  }
  return true
}

let ownGroup: number | undefined

/** Read once and synchronously: `/proc` is no disk, and the answer is needed before the first signal. */
function ownGroupId(): number {
  if (ownGroup !== undefined) return ownGroup
  try {
    const line = readFileSync('/proc/self/stat', 'latin1')
    ownGroup = Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[2])
  } catch {
    // No /proc: a child started with `detached` has a group of its own by construction; our pid is refused anyway.
    ownGroup = process.pid
  }
  return ownGroup
}
