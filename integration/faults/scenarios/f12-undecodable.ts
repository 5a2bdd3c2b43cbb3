/** F12: bytes that cannot be decoded. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F12',
  name: 'undecodable',
  fault: 'values that are cut, no UTF-8, empty',
  invariant: 'dead-lettered with stage deserialize, no program run; neighbours delivered',
  tiers: { hour: { messages: 5000, seeds: 3 } },
  shares: { cut: 5, bytes: 5, empty: 5 },
})
