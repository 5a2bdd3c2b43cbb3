/** A worker that crashes at any instant and is started again at once, round after round. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from './stage.ts'

/** Longest wait between a worker that gets on and its end. */
const aliveForMs = 700

/** Counts the kills that hit a program at work in the figure `kills_at_work`: those that were not prove nothing. */
export async function killAgainAndAgain(stage: Stage): Promise<void> {
  stage.figures['kills_at_work'] = 0
  for (let round = 1; round <= stage.rounds; round += 1) {
    await sleep(stage.randomMs(0, aliveForMs))
    const atWork = await stage.programsAtWork()
    await stage.killWorker(stage.worker)
    if (atWork > 0) stage.figures['kills_at_work'] += 1
    await stage.startWorker()
    await stage.untilSettledMore(50)
  }
}
