/**
 * The value of `DRAKKAR_RUN_ID`: names the worker a child belongs to in a way that later tells whether that worker is
 * still alive: pid and start time within one pid namespace, plus a random part for several executors in one process.
 */
import { randomBytes } from 'node:crypto'
import { isLive, readPidNamespace, readProcessStat } from './process-table.js'

export interface RunOwner {
  readonly pidNamespace: string
  readonly pid: number
  readonly startTime: string
}

export async function createRunId(): Promise<string> {
  const stat = await readProcessStat('self')
  const owner = { pidNamespace: await readPidNamespace(), pid: process.pid, startTime: stat?.startTime ?? '0' }
  return formatRunId(owner, randomBytes(4).toString('hex'))
}

export function formatRunId(owner: RunOwner, random: string): string {
  return `drk-${owner.pidNamespace}-${owner.pid}-${owner.startTime}-${random}`
}

/** Null for anything `formatRunId` did not make. */
export function parseRunId(runId: string): RunOwner | null {
  const match = /^drk-(\d+)-(\d+)-(\d+)-[0-9a-f]+$/.exec(runId)
  if (match === null) return null
  const [, pidNamespace = '', pid = '', startTime = ''] = match
  return { pidNamespace, pid: Number(pid), startTime }
}

/**
 * True only when the worker certainly is gone. A pid means nothing in another pid namespace (a container seen from its
 * host), so owners elsewhere always count as alive.
 */
export async function isOwnerDead(runId: string, ownNamespace: string): Promise<boolean> {
  const owner = parseRunId(runId)
  if (owner === null || owner.startTime === '0' || owner.pidNamespace !== ownNamespace) return false
  const stat = await readProcessStat(owner.pid)
  if (stat !== null) return stat.startTime !== owner.startTime || !isLive(stat)
  return !exists(owner.pid)
}

/** A process may be hidden from `/proc` and still exist. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}
