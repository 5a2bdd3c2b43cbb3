/**
 * The guardian: a process of its own that outlives the worker by a moment. The worker tells it of every process group over
 * its stdin (`+<pid>` started, `-<pid>` ended) and reads `ready` once when it can be relied on. When that pipe closes, by
 * SIGKILL of the worker included, it kills the groups that are left and whatever else carries the worker's run id, and exits.
 *
 * Plain JavaScript: Node 20 starts it from `src` as well as from `dist`. Its one argument is the run id.
 */
import { readFileSync } from 'node:fs'
import { hasLiveGroupMember, killByRunId, parseStat } from './process-table.js'

const runId = process.argv[2] ?? ''

/** Group id → start time of its leader; null when the leader had already ended. @type {Map<number, string | null>} */
const groups = new Map()

// Whoever stops the worker may signal everything around it. The guardian ends with the pipe and not before.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => {})

let unfinishedLine = ''
let isFinishing = false

process.stdin.setEncoding('latin1').on('data', (chunk) => {
  const lines = (unfinishedLine + chunk).split('\n')
  unfinishedLine = lines.pop() ?? ''
  for (const line of lines) follow(line)
})
process.stdin.on('end', workerGone).on('error', workerGone)
process.stdout.end('ready\n')

function workerGone() {
  if (isFinishing) return
  isFinishing = true
  finish().catch((error) => process.stderr.write(`drakkar guardian: ${error}\n`))
}

/** @param {string} line */
function follow(line) {
  const groupId = Number(line.slice(1))
  if (!Number.isSafeInteger(groupId) || groupId <= 1) return
  if (line.startsWith('+')) groups.set(groupId, startTimeOf(groupId))
  else groups.delete(groupId)
}

/** The worker is gone, or has closed the pipe because it is done. */
async function finish() {
  const killedGroups = await killGroups()
  const killedByRunId = runId === '' ? 0 : await killByRunId((candidate) => candidate === runId)
  if (killedGroups + killedByRunId === 0) return
  process.stderr.write(`drakkar guardian: the worker is gone; killed ${killedGroups} process groups and ${killedByRunId} other children\n`)
}

/**
 * Synchronous: it happens once per task, costs less than the thread pool, and nobody else waits in this process.
 * @param {number} pid
 */
function startTimeOf(pid) {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.startTime ?? null
  } catch {
    // It has ended already, or there is no /proc.
    return null
  }
}

async function killGroups() {
  let killed = 0
  for (const [groupId, startTime] of groups) {
    if (isStillOurs(groupId, startTime)) killed += signalGroup(groupId) ? 1 : 0
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
function isStillOurs(groupId, startTime) {
  const current = startTimeOf(groupId)
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
