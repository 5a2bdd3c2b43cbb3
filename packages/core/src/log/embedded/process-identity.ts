/**
 * Who holds a lock: a process id alone is not enough, because ids are used again. On Linux the start time comes from
 * /proc, elsewhere from `ps`; process ids mean something on one machine (and in one pid namespace) only.
 */
import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { promisify } from 'node:util'

export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in words only good for comparing. Null: cannot be told on this system. */
  readonly started: string | null
  readonly machine: string
}

/** Field 22 of /proc/<pid>/stat, counted from after the command name, which may contain anything. */
const startTimeField = 19

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, started: await processStartTime(process.pid), machine: await machineIdentity() }
}

/** Same process, still running. Null: it lives on another machine, where we cannot look. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean | null> {
  if (identity.machine !== (await machineIdentity())) return null
  if (!pidExists(identity.pid)) return false
  const started = await processStartTime(identity.pid)
  return started === null || identity.started === null || started === identity.started
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function processStartTime(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') return startTimeOf(await readFile(`/proc/${pid}/stat`, 'utf8'))
    if (process.platform === 'win32') return null
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { ...process.env, LC_ALL: 'C' } })
    return stdout.trim() || null
  } catch {
    // Gone in the meantime, or not visible: the caller falls back to the process id.
    return null
  }
}

function startTimeOf(stat: string): string | null {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[startTimeField] ?? null
}

async function machineIdentity(): Promise<string> {
  const [boot, namespace] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return [hostname(), boot.trim(), namespace].join(' ')
}
