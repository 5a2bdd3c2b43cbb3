/**
 * What `/proc` says about processes. Plain JavaScript because the guardian process runs it without a build step and
 * without TypeScript. Every function answers null or nothing where the platform has no `/proc`.
 */
import { readdir, readFile, readlink } from 'node:fs/promises'

/**
 * @typedef {object} ProcessStat
 * @property {number} pid
 * @property {string} state one letter; `Z` and `X` are dead
 * @property {number} groupId
 * @property {string} startTime clock ticks since boot: with the pid it names one process and no later one
 */

/**
 * @param {number | 'self'} pid
 * @returns {Promise<ProcessStat | null>} null when there is no such process
 */
export async function readProcessStat(pid) {
  return parseStat(await readOrNull(`/proc/${pid}/stat`))
}

/**
 * The value of `DRAKKAR_RUN_ID` a process was started with. Processes of other users are unreadable and count as having none.
 * @param {number} pid
 * @returns {Promise<string | null>}
 */
export async function readRunId(pid) {
  const environment = await readOrNull(`/proc/${pid}/environ`)
  if (environment === null) return null
  const entry = environment.split('\0').find((variable) => variable.startsWith('DRAKKAR_RUN_ID='))
  return entry === undefined ? null : entry.slice('DRAKKAR_RUN_ID='.length)
}

/** @returns {Promise<number[]>} */
export async function listProcessIds() {
  const names = await readdir('/proc').catch(() => [])
  return names.filter((name) => /^\d+$/.test(name)).map(Number)
}

/** Identity of the pid namespace; '0' where there is none. @returns {Promise<string>} */
export async function readPidNamespace() {
  const link = await readlink('/proc/self/ns/pid').catch(() => '')
  return /\[(\d+)\]/.exec(link)?.[1] ?? '0'
}

/**
 * True when a member of the group is more than a zombie waiting for its parent.
 * @param {number} groupId
 * @returns {Promise<boolean>}
 */
export async function hasLiveGroupMember(groupId) {
  for (const pid of await listProcessIds()) {
    const stat = await readProcessStat(pid)
    if (stat !== null && stat.groupId === groupId && isLive(stat)) return true
  }
  return false
}

/** @param {ProcessStat} stat */
export function isLive(stat) {
  return stat.state !== 'Z' && stat.state !== 'X'
}

/**
 * SIGKILLs every process whose run id is wanted, again and again until none is left, because one that is being killed may
 * be forking. The caller itself is never killed.
 * @param {(runId: string) => boolean | Promise<boolean>} isWanted
 * @returns {Promise<number>} how many processes were killed
 */
export async function killByRunId(isWanted) {
  const killed = new Set()
  for (let round = 0; round < 20; round += 1) {
    const found = await findByRunId(isWanted)
    if (found.length === 0) return killed.size
    for (const stat of found) {
      if (await killVerified(stat)) killed.add(`${stat.pid}:${stat.startTime}`)
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(5 * 2 ** round, 200)))
  }
  return killed.size
}

/**
 * @param {(runId: string) => boolean | Promise<boolean>} isWanted
 * @returns {Promise<ProcessStat[]>}
 */
async function findByRunId(isWanted) {
  const found = []
  for (const pid of await listProcessIds()) {
    if (pid === process.pid || pid <= 1) continue
    const before = await readProcessStat(pid)
    if (before === null || !isLive(before)) continue
    const runId = await readRunId(pid)
    if (runId !== null && (await isWanted(runId))) found.push(before)
  }
  return found
}

/** @param {ProcessStat} stat */
async function killVerified(stat) {
  const current = await readProcessStat(stat.pid)
  if (current === null || current.startTime !== stat.startTime || !isLive(current)) return false
  try {
    process.kill(stat.pid, 'SIGKILL')
    return true
  } catch {
    // Gone in between, or of another user: either way it is not ours to count.
    return false
  }
}

/** @param {string} path */
async function readOrNull(path) {
  try {
    return await readFile(path, 'latin1')
  } catch {
    // Processes end while they are looked at: not readable means not there.
    return null
  }
}

/**
 * A line of `/proc/<pid>/stat`; null when it is none.
 *
 * The name in parentheses may itself hold spaces and parentheses, so fields are counted from the last one.
 * @param {string | null} line
 * @returns {ProcessStat | null}
 */
export function parseStat(line) {
  if (line === null) return null
  const nameEnd = line.lastIndexOf(')')
  const fields = line.slice(nameEnd + 2).split(' ')
  const [state, , groupId] = fields
  const startTime = fields[19]
  if (state === undefined || groupId === undefined || startTime === undefined) return null
  return { pid: Number.parseInt(line, 10), state, groupId: Number(groupId), startTime }
}
