/** F20: the system gives the worker no further process. Root has no such limit, so that the worker runs as somebody else. */
import { chmod } from 'node:fs/promises'
import { defineScenario } from '../contract.ts'
import { burntAttempts, noteLowestLimit, untilConcurrent, untilPressed } from '../poison/pressure-scenario.ts'
import { limitOf, setLimit, threadsOfUser } from '../stage/limits-of-process.ts'

/** Nobody's. */
const user = 64_123

export default defineScenario({
  id: 'F20',
  name: 'no-processes',
  fault: 'fork fails with EAGAIN (RLIMIT_NPROC)',
  invariant: 'tasks wait, 0 attempts burnt; concurrency shrinks, and grows back to all',
  group: 'task',
  needs: ['root', 'linux'],
  tiers: { ci: { messages: 800 }, hour: { messages: 10_000, rounds: 20, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 15 },
  // A program that needs a second process would be hit by the limit itself.
  messages: { shares: { precomputed: 1, lean: 1 }, taskMs: [30, 60] },
  launch: {
    through: ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--inh-caps=-all'],
    env: { HOME: '/nonexistent' },
  },
  prepare: ({ folder }) => chmod(folder, 0o777),

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      const place = { pid: stage.worker.pid, limit: 'nproc', user } as const
      const before = await limitOf(place)
      await setLimit(place, Math.max(1, (await threadsOfUser(user)) - stage.random.integer(0, 3)))
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
