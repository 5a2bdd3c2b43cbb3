/** F36: told to stop while another one joins. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F36',
  name: 'stop-during-rebalance',
  fault: 'SIGTERM to a worker at a random instant while another one joins',
  invariant: 'ends with 0; nothing lost, nothing run again',
  group: 'worker',
  needs: ['linux'],
  tiers: { ci: { messages: 800, rounds: 3 }, hour: { messages: 10_000, rounds: 30, seeds: 3 } },
  // No precomputed ones: they overtake what waits for an executor, and are delivered again when that was left undone.
  messages: { shares: { echo: 1 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null },

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      const old = stage.worker
      const joining = await stage.startWorker()
      await stage.until('it has begun', () => joining.logged('drakkar_starting').length > 0, 20_000)
      await sleep(stage.randomMs(100, 1500))
      await stage.stopWorker(old)
      if (old.logged('partitions_assigned').length > 0) stage.figures['stops'] = (stage.figures['stops'] ?? 0) + 1
      await stage.untilJoined()
      await stage.untilSettledMore(50)
    }
  },

  bite: ({ figures }) => figures['stops'] ?? 0,
})
