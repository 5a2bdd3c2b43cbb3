/** F14: programs that crash. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F14',
  name: 'program-crashes',
  fault: 'programs end by SIGSEGV, with 1, with 137; some only the first time',
  invariant: 'exactly 1 + max_retries attempts when asked for, then the dead letter says how',
  tiers: { hour: { messages: 3000, seeds: 3 } },
  shares: { exit: 5, crash: 5, exit137: 5, flaky: 5 },
})
