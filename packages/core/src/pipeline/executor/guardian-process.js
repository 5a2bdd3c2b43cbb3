/**
 * The guardian: a process of its own that outlives the worker by a moment. The worker tells it of every process group over
 * its stdin (`+<pid>` started, `-<pid>` ended) and reads `ready` once when it can be relied on. When that pipe closes, by SIGKILL of the worker included, it kills the groups
 * that are left and whatever else carries the worker's run id, and exits.
 *
 * Plain JavaScript: Node 20 starts it from `src` as well as from `dist`. Its one argument is the run id.
 */
import { createInterface } from 'node:readline'
import { hasLiveGroupMember, killByRunId, readProcessStat } from './process-table.js'

const runId = process.argv[2] ?? ''

/** Group id → start time of its leader; null when the leader had already ended. @type {Map<number, Promise<string | null>>} */
const groups = new Map()

// Whoever stops the worker may signal everything around it. The guardian ends with the pipe and not before.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => {})
process.stdout.end('ready\n')

for await (const line of createInterface({ input: process.stdin })) {
  const groupId = Number(line.slice(1))
  if (!Number.isSafeInteger(groupId) || groupId <= 1) continue
  if (line.startsWith('+')) groups.set(groupId, startTimeOf(groupId))
  else groups.delete(groupId)
}

const killedGroups = await killGroups()
const killedByRunId = runId === '' ? 0 : await killByRunId((candidate) => candidate === runId)
if (killedGroups + killedByRunId > 0) {
  process.stderr.write(`drakkar guardian: the worker is gone; killed ${killedGroups} process groups and ${killedByRunId} other children\n`)
}

/** @param {number} pid */
async function startTimeOf(pid) {
  return (await readProcessStat(pid))?.startTime ?? null
}

async function killGroups() {
  let killed = 0
  for (const [groupId, startTime] of groups) {
    if (await isStillOurs(groupId, await startTime)) killed += signalGroup(groupId) ? 1 : 0
    else groups.delete(groupId)
  }
  for (let round = 0; round < 20 && groups.size > 0; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25))
    for (const groupId of groups.keys()) {
      // Nobody may have reaped the dead yet, so a signal that arrives does not mean that somebody lives.
      if (!signalGroup(groupId) || !(await hasLiveGroupMember(groupId))) groups.delete(groupId)
    }
  }
  return killed
}

/**
 * A pid is not given to a new process while a group of that id has members. So a leader with another start time is a
 * stranger, and a group without a leader is still the one we were told of.
 * @param {number} groupId
 * @param {string | null} startTime
 */
async function isStillOurs(groupId, startTime) {
  const current = await startTimeOf(groupId)
  return current === null || current === startTime
}

/** @param {number} groupId */
function signalGroup(groupId) {
  try {
    process.kill(-groupId, 'SIGKILL')
    return true
  } catch {
    // No such group: its processes ended by themselves.
    return false
  }
}
