/** What a worker holds after many tasks: no zombie, no descriptor, no timer more than before. */
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'G9',
  name: 'many-tasks',
  fault: 'nothing but one program after another',
  invariant: '0 zombies, descriptors and timers back to the start',
  group: 'worker',
  needs: ['linux'],
  tiers: { ci: { messages: 600 }, hour: { messages: 100_000 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null },
  messages: { shares: { echo: 1 }, taskMs: [0, 0] },

  bite: async (stage) => (await stage.status()).executions,
})
