/** F19: programs that the kernel kills, or that get no memory. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F19',
  name: 'out-of-memory',
  fault: 'programs end by a SIGKILL nobody here sent, or are refused memory',
  invariant: 'kind signal, -9; tried again as asked; no slot of the pool is lost',
  tiers: { hour: { messages: 3000, seeds: 3 } },
  shares: { killed: 8, starved: 8 },
})
