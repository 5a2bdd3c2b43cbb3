/** F37: a handler keeps the main loop busy for longer than the session; another worker takes over meanwhile. */
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F37',
  name: 'loop-blocked',
  fault: 'main loop of one of two workers busy for longer than its session',
  invariant: 'nothing lost; the other takes over; it comes back',
  group: 'worker',
  tiers: { hour: { messages: 40_000, seconds: 45, rounds: 3, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null },
  workers: 2,

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      await stage.untilJoined()
      await stage.worker.blockLoop((stage.load.seconds ?? 1) * 1000)
      await stage.untilJoined(60_000)
      await stage.untilSettledMore(20)
    }
  },

  bite: (stage) => stage.logged('partitions_lost').length,
})
