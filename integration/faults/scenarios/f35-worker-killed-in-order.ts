/** F35 with an order to keep: what was delivered before the crash was in the order of its key, and so is what comes after. */
import { defineScenario } from '../contract.ts'
import { killAgainAndAgain } from '../stage/kill-loop.ts'

export default defineScenario({
  id: 'F35',
  name: 'worker-killed-in-order',
  fault: 'worker SIGKILL at random instants, with `executor.ordering: key`',
  invariant: 'nothing lost; first deliveries of a key in the order of its offsets',
  group: 'worker',
  needs: ['linux'],
  tiers: { hour: { messages: 10_000, rounds: 20, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null, ordered: true },
  messages: { shares: { precomputed: 1, echo: 1 } },

  config: () => ({ executor: { ordering: 'key' } }),

  inject: killAgainAndAgain,

  bite: ({ figures }) => figures['kills_at_work'] ?? 0,
})
