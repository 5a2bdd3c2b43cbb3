/** F13: a handler that throws, never settles, or returns what has no sink. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F13',
  name: 'handler-fails',
  fault: 'hooks that throw, hang, or name a sink that is none',
  invariant: 'dead-lettered after hook_timeout_seconds; neighbours in the window delivered, the partition moves on',
  tiers: { hour: { messages: 1500, seeds: 3 } },
  shares: { alien: 2, arrange_throws: 2, arrange_hangs: 1, complete_throws: 3, complete_hangs: 2, complete_astray: 2 },
})
