/** F37: the wall clock of the worker jumps. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

const hourMs = 3_600_000

export default defineScenario({
  id: 'F37',
  name: 'clock-jumps',
  fault: 'wall clock of the worker 1 h ahead, 1 h behind, and back',
  invariant: 'nothing lost, nothing run again, no rebalance, no stop in the work',
  group: 'worker',
  tiers: { ci: { messages: 3000, rounds: 1 }, hour: { messages: 40_000, rounds: 20, seeds: 3 } },
  // A client that times its requests by the wall clock gives up one that is on its way, and sends it again.
  limits: { duplicates: 'uncommitted', reExecuted: 0, recoverySeconds: 15, rebalances: 0 },

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      for (const byMs of [hourMs, -2 * hourMs, hourMs]) {
        await stage.worker.jumpClock(byMs)
        stage.figures['jumps'] = (stage.figures['jumps'] ?? 0) + 1
        await sleep(stage.randomMs(300, 1200))
        await stage.untilSettledMore(20, 20_000)
      }
    }
  },

  bite: ({ figures }) => figures['jumps'] ?? 0,
})
