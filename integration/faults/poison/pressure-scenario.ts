/** Scenarios in which programs cannot be started for a while: tasks wait, no attempt is burnt, fewer run, and then as many again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { descendantsOf } from '../stage/processes.ts'
import type { Stage } from '../contract.ts'

const lookEveryMs = 50

/** Resolves when so many `executor_pressure` lines more are there; rejects when they do not come. */
export async function untilPressed(stage: Stage, times: number, withinMs = 30_000): Promise<void> {
  const before = stage.logged('executor_pressure').length
  const deadline = performance.now() + withinMs
  while (stage.logged('executor_pressure').length < before + times) {
    if (performance.now() > deadline) return
    await sleep(lookEveryMs)
  }
}

/** The smallest number of slots the pool was reduced to is the figure `lowest_limit`. */
export function noteLowestLimit(stage: Stage): void {
  const limits = stage.logged('executor_pressure').map(({ limit }) => Number(limit))
  if (limits.length > 0) stage.figures['lowest_limit'] = Math.min(...limits)
}

/** Resolves when so many programs run side by side; a breach when that does not come while there is work. */
export async function untilConcurrent(stage: Stage, programs: number, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs
  let most = 0
  while (most < programs && performance.now() < deadline) {
    // The guardian is a child as well.
    most = Math.max(most, (await descendantsOf(stage.worker.pid)).filter(({ parent }) => parent === stage.worker.pid).length - 1)
    const { produced, settled } = await stage.status()
    if (settled >= produced) break
    await sleep(lookEveryMs)
  }
  stage.figures['programs_afterwards'] = most
  if (most < programs) stage.breaches.push(`${most} programs ran side by side afterwards, not ${programs}`)
}

/** Tasks that failed although nothing was wrong with them. */
export function burntAttempts(stage: Stage): readonly string[] {
  const failed = stage.logged('executor_task_failed').length
  return failed === 0 ? [] : [`${failed} attempts were burnt`]
}
