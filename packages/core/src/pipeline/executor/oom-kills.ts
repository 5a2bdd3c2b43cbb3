/** How often the kernel's out-of-memory killer has been at work in our control group: tells it from any other SIGKILL. */
import { readFile } from 'node:fs/promises'

export class OomKills {
  #count = 0

  /** Sets the baseline. */
  async start(): Promise<void> {
    this.#count = await readCount()
  }

  /** True when it was at work since the last call. Always false without control groups. */
  async happened(): Promise<boolean> {
    const count = await readCount()
    const isMore = count > this.#count
    this.#count = count
    return isMore
  }
}

async function readCount(): Promise<number> {
  const groups = await readOrEmpty('/proc/self/cgroup')
  for (const file of eventFiles(groups)) {
    const count = /^oom_kill (\d+)$/m.exec(await readOrEmpty(file))?.[1]
    if (count !== undefined) return Number(count)
  }
  return 0
}

/** Pure: where a process with this `/proc/self/cgroup` finds its counter, unified hierarchy first; inside a container the root. */
export function eventFiles(groups: string): string[] {
  const unified = /^0::(.*)$/m.exec(groups)?.[1]
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]
  const files: string[] = []
  if (unified !== undefined) files.push(`/sys/fs/cgroup${unified}/memory.events`, '/sys/fs/cgroup/memory.events')
  if (memory !== undefined) files.push(`/sys/fs/cgroup/memory${memory}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control')
  return files
}

async function readOrEmpty(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    // Absent on other platforms and cgroup versions: no counter, no claim.
    return ''
  }
}
