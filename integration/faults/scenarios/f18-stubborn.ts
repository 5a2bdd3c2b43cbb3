/** F18: programs that do not end, and children that outlive them. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F18',
  name: 'stubborn',
  fault: 'programs and their children ignore SIGTERM, hold the pipe, flee into another session',
  invariant: 'settled within timeout + grace + 1 s; nothing alive 2 s after the kill, nothing after the worker',
  tiers: { hour: { messages: 1000, seeds: 3 } },
  shares: { stubborn: 2, holder: 5, escaped: 2 },
})
