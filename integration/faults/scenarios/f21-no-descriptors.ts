/** F21: the worker may open no further descriptor. */
import { defineScenario } from '../contract.ts'
import { burntAttempts, noteLowestLimit, untilConcurrent, untilPressed } from '../poison/pressure-scenario.ts'
import { limitOf, setLimit } from '../stage/limits-of-process.ts'
import { openDescriptors } from '../stage/processes.ts'

export default defineScenario({
  id: 'F21',
  name: 'no-descriptors',
  fault: 'pipes cannot be made: EMFILE (RLIMIT_NOFILE)',
  invariant: 'tasks wait, 0 attempts burnt; connections survive; concurrency grows back to all',
  group: 'task',
  needs: ['linux'],
  tiers: { ci: { messages: 800 }, hour: { messages: 10_000, rounds: 20, seeds: 3 } },
  // Node 20 does not close the pipes it has made when the child, and not the worker, is the one that runs out: 3 each time.
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 15, rebalances: 0, descriptorsMore: 60 },
  messages: { shares: { precomputed: 1, lean: 1 }, taskMs: [30, 60] },

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      const { pid } = stage.worker
      const place = { pid, limit: 'nofile' } as const
      const before = await limitOf(place)
      // Below what is open now: whatever runs at this moment, the next start finds too little.
      await setLimit(place, (await openDescriptors(pid)) - stage.random.integer(1, 8))
      await untilPressed(stage, 4)
      await setLimit(place, before)
      if (round < stage.rounds) await stage.untilSettledMore(200)
    }
    noteLowestLimit(stage)
    await untilConcurrent(stage, 4)
  },

  bite: (stage) => stage.warnings('executor_pressure'),
  check: async (stage) => burntAttempts(stage),
})
