/** F23: commands that can never start. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F23',
  name: 'impossible-command',
  fault: 'arguments with a NUL byte, or longer than the system takes',
  invariant: 'dead-lettered at once as poison: no program, no retry though the handler asks for one',
  tiers: { hour: { messages: 3000, seeds: 3 } },
  shares: { nul: 6, too_long: 3 },
  check: async (stage) => {
    const retried = stage.logged('max_retries_exceeded').length
    return retried === 0 ? [] : [`${retried} commands that can never start were tried again`]
  },
})
