/** Finds processes by a variable in their environment (Linux): what a killed worker has left behind. */
import { readdir, readFile } from 'node:fs/promises'

/** The program a process runs, as the kernel names it: `sh`, `sleep`, `node`; empty when it is gone. */
export async function programOf(pid: number): Promise<string> {
  return (await read(`/proc/${pid}/comm`)).trim()
}

/** Pids of live processes (zombies excluded) whose environment holds `NAME=value`. */
export async function processesWith(variable: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(async (pid) => ((await hasVariable(pid, variable)) && !(await isZombie(pid)) ? [pid] : [])))
  return found.flat()
}

async function hasVariable(pid: number, variable: string): Promise<boolean> {
  return (await read(`/proc/${pid}/environ`)).split('\0').includes(variable)
}

async function isZombie(pid: number): Promise<boolean> {
  const stat = await read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
}

/** A process may end while it is looked at. */
async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
