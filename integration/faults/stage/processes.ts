/** What the kernel says of processes (Linux, `/proc`): who is whose child, who is dead and not yet buried, how many descriptors. */
import { readdir, readFile } from 'node:fs/promises'

export interface ProcessFacts {
  readonly pid: number
  readonly parent: number
  readonly state: string
  /** With the pid it names a process for good: pids are used again. */
  readonly startTime: string
}

async function allProcesses(): Promise<readonly ProcessFacts[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map((pid) => factsOf(Number(pid))))
  return found.filter((facts) => facts !== null)
}

/** Null when it is gone. */
async function factsOf(pid: number): Promise<ProcessFacts | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  if (stat === '') return null
  // The name in brackets may hold anything; what follows the last bracket does not.
  const [state = '', parent = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { pid, parent: Number(parent), state, startTime: rest[17] ?? '' }
}

/** Children and theirs, the guardian included. */
export async function descendantsOf(pid: number): Promise<readonly ProcessFacts[]> {
  const all = await allProcesses()
  const found: ProcessFacts[] = []
  for (let parents = new Set([pid]); parents.size > 0;) {
    const children = all.filter(({ parent }) => parents.has(parent))
    found.push(...children)
    parents = new Set(children.map((child) => child.pid))
  }
  return found
}

export async function isAlive({ pid, startTime }: ProcessFacts): Promise<boolean> {
  const facts = await factsOf(pid)
  return facts !== null && facts.startTime === startTime && facts.state !== 'Z' && facts.state !== 'X'
}

/** Children that have ended and that nobody has waited for. */
export async function zombiesOf(pid: number): Promise<number> {
  return (await allProcesses()).filter(({ parent, state }) => parent === pid && state === 'Z').length
}

/** Zero when the process is gone. */
export async function openDescriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`).catch(() => [])).length
}

/** Resident memory in bytes; zero when the process is gone. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}
