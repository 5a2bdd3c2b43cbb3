/** F35: the worker crashes at any instant, again and again. */
import { defineScenario } from '../contract.ts'
import { killAgainAndAgain } from '../stage/kill-loop.ts'

export default defineScenario({
  id: 'F35',
  name: 'worker-killed',
  fault: 'worker SIGKILL at random instants, started again at once',
  invariant: 'nothing lost; twice at most what was in flight or uncommitted; no process alive 5 s later',
  group: 'worker',
  needs: ['linux'],
  tiers: { ci: { messages: 2000, rounds: 3 }, hour: { messages: 60_000, rounds: 60, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null },

  inject: killAgainAndAgain,

  bite: ({ figures }) => figures['kills_at_work'] ?? 0,
})
