/** F36: told to stop before it has started. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F36',
  name: 'stop-during-start',
  fault: 'SIGTERM at a random instant of the start, again and again',
  invariant: 'ends with 0 and leaves nothing; nothing lost, nothing run again',
  group: 'worker',
  needs: ['linux'],
  tiers: { ci: { messages: 400, rounds: 4 }, hour: { messages: 4000, rounds: 60, seeds: 3 } },
  // No precomputed ones: they overtake what waits for an executor, and are delivered again when that was left undone.
  messages: { shares: { echo: 1 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null },

  async inject(stage) {
    await stage.stopWorker(stage.worker)
    for (let round = 1; round <= stage.rounds; round += 1) {
      const worker = await stage.startWorker()
      await stage.until('it has begun', () => worker.logged('drakkar_starting').length > 0 || !worker.isRunning, 20_000)
      await sleep(stage.randomMs(0, 400))
      await stage.stopWorker(worker)
      if (worker.logged('partitions_assigned').length === 0) stage.figures['before_start'] = (stage.figures['before_start'] ?? 0) + 1
    }
  },

  async heal(stage) {
    await stage.startWorker()
  },

  bite: ({ figures }) => figures['before_start'] ?? 0,
})
