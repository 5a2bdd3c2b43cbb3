/** Limits of a running process, changed from outside (Linux, `prlimit`), and what it holds of them. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Whose limit, of what. */
export interface LimitPlace {
  readonly pid: number
  readonly limit: 'nproc' | 'nofile'
  /** The user the process runs as, when it is another one: root may not change the limits of others everywhere. */
  readonly user?: number
}

/** Changes the soft limit; the children to come inherit it. */
export async function setLimit(place: LimitPlace, value: number): Promise<void> {
  await prlimit(place, [`--${place.limit}=${Number.isFinite(value) ? value : 'unlimited'}:`])
}

/** The soft limit; `Infinity` for none. */
export async function limitOf(place: LimitPlace): Promise<number> {
  const text = await prlimit(place, [`--${place.limit}`, '--noheadings', '--raw', '--output', 'SOFT'])
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}

async function prlimit({ pid, user }: LimitPlace, args: readonly string[]): Promise<string> {
  const through = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']
  const [program = '', ...rest] = [...through, 'prlimit', '--pid', String(pid), ...args]
  const { stdout } = await run(program, rest)
  return stdout.trim()
}

/** Threads of all processes of a user: what `nproc` limits. */
export async function threadsOfUser(user: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const statuses = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')))
  const own = statuses.filter((status) => Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? -1) === user)
  return own.reduce((sum, status) => sum + Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0), 0)
}
