/** F35: the worker crashes at any instant, again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F35',
  name: 'worker-killed',
  fault: 'worker SIGKILL at random instants, started again at once',
  invariant: 'nothing lost; twice at most what was in flight or uncommitted; no process alive 5 s later',
  group: 'worker',
  needs: ['linux'],
  tiers: { ci: { messages: 2000, rounds: 3 }, hour: { messages: 60_000, rounds: 60, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null },

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      await sleep(stage.randomMs(0, 700))
      const { unended } = await stage.status()
      await stage.killWorker(stage.worker)
      if (unended > 0) stage.figures['kills_at_work'] = (stage.figures['kills_at_work'] ?? 0) + 1
      await stage.startWorker()
      await stage.untilSettledMore(100)
    }
  },

  bite: ({ figures }) => figures['kills_at_work'] ?? 0,
})
