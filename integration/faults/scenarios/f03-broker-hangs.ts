/** F03: the broker stands still for less than a session, as in a long garbage collection. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F03',
  name: 'broker-hangs',
  fault: 'broker SIGSTOP and SIGCONT, shorter than the session',
  invariant: 'nothing lost, nothing twice, no rebalance',
  group: 'broker',
  needs: ['own-broker', 'linux'],
  tiers: { ci: { messages: 2000, seconds: 4 }, hour: { messages: 40_000, seconds: 20, rounds: 5, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 15, rebalances: 0 },

  config: (stage) => ({ kafka: { session_timeout_ms: stage.tier === 'ci' ? 10_000 : 45_000 } }),

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      stage.broker.freeze()
      const { settled } = await stage.status()
      await sleep((stage.load.seconds ?? 1) * 1000)
      const { settled: after, produced } = await stage.status()
      // It stood still in the midst of work.
      if (after < produced && after - settled < 500) stage.figures['freezes'] = (stage.figures['freezes'] ?? 0) + 1
      stage.broker.thaw()
      if (round < stage.rounds) await stage.untilSettledMore(2000)
    }
  },

  bite: ({ figures }) => figures['freezes'] ?? 0,
})
