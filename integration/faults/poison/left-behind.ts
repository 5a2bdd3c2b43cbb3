/** What programs leave behind: processes that have to be gone soon after their task was given up. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../contract.ts'

export interface LeftProcess {
  /** The program the task was. */
  readonly leader: number
  readonly pid: number
  /** Unix milliseconds. */
  readonly sinceMs: number
}

/** How long a process may outlive the kill of its task. */
const mayOutliveMs = 2000
const slackSeconds = 1
const lookEveryMs = 250

/** As the programs wrote them down. */
export async function leftBehind(stage: Stage): Promise<readonly LeftProcess[]> {
  const text = await readFile(join(stage.folder, 'executions.txt.left'), 'utf8').catch(() => '')
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => {
    const [leader = 0, pid = 0, sinceMs = 0] = line.split(' ').map(Number)
    return { leader, pid, sinceMs }
  })
}

/** One text for each that is alive. Pids are used again: only a `sleep 300` is one of them. */
export async function stillAlive(processes: readonly LeftProcess[]): Promise<readonly string[]> {
  const alive = await Promise.all(
    processes.map(async ({ pid }) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return command === 'sleep\u0000300\u0000' ? [`process ${pid}, left behind by a task, is alive`] : []
    }),
  )
  return alive.flat()
}

/**
 * While there is work: each task that runs into its time limit is looked at 2 s after its end. The longest time from start to
 * end is the figure `longest_task_seconds`, which may be the limit, the grace, a second, and twice what timers of this process
 * and answers of the worker were late meanwhile (`late_seconds`): on a machine with too much to do nobody is on time.
 */
export async function watchTimeouts(
  stage: Stage,
  limits: { readonly timeoutSeconds: number; readonly graceSeconds: number },
): Promise<void> {
  const looked = new Set<number>()
  const looks: Promise<void>[] = []
  const promisedSeconds = limits.timeoutSeconds + limits.graceSeconds + slackSeconds
  const lookLater = async (left: LeftProcess): Promise<void> => {
    await sleep(mayOutliveMs)
    stage.breaches.push(...(await stillAlive([left])))
  }
  let lateSeconds = 0
  for (let isOver = false; !isOver; lateSeconds = Math.max(lateSeconds, await lateness(stage))) {
    const { produced, settled } = await stage.status()
    isOver = settled >= produced
    const begun = await leftBehind(stage)
    for (const { pid, kind, timestamp } of stage.logged('executor_task_failed')) {
      const left = begun.find(({ leader }) => leader === pid)
      if (kind !== 'timeout' || left === undefined || looked.has(left.pid)) continue
      looked.add(left.pid)
      looks.push(lookLater(left))
      const seconds = (Date.parse(String(timestamp)) - left.sinceMs) / 1000
      stage.figures['longest_task_seconds'] = Math.max(stage.figures['longest_task_seconds'] ?? 0, Math.round(seconds * 100) / 100)
    }
  }
  await Promise.all(looks)
  stage.figures['late_seconds'] = Math.round(lateSeconds * 100) / 100
  const mayTakeSeconds = promisedSeconds + 2 * lateSeconds
  const longest = stage.figures['longest_task_seconds'] ?? 0
  if (longest > mayTakeSeconds) stage.breaches.push(`a task took ${longest} s, may take ${mayTakeSeconds}`)
}

/**
 * Resolves after a quarter of a second with how many seconds it was late, or the worker took to answer a question, whatever is more:
 * what a machine with too much to do adds.
 */
async function lateness(stage: Stage): Promise<number> {
  const beganMs = performance.now()
  await sleep(lookEveryMs)
  const lateMs = performance.now() - beganMs - lookEveryMs
  const askedMs = performance.now()
  await stage.worker.holdings()
  return Math.max(0, lateMs, performance.now() - askedMs) / 1000
}
