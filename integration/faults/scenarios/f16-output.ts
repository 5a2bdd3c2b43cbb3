/** F16: programs that write far too much, too slowly, or no text. */
import { definePoison } from '../poison/poison-scenario.ts'

const floodBytes = { ci: 32 * 2 ** 20, hour: 2 ** 30, soak: 2 ** 30 } as const

export default definePoison({
  id: 'F16',
  name: 'output',
  fault: 'programs write 1 GiB, byte by byte, binary junk',
  invariant: 'output cut at max_output_bytes, result delivered, memory bounded',
  tiers: { hour: { messages: 1000, seeds: 2 } },
  shares: { flood: 1, drip: 4, junk: 4 },
  config: ({ tier }) => ({
    executor: { max_output_bytes: 2 ** 20, task_timeout_seconds: 60, env: { FAULT_FLOOD_BYTES: String(floodBytes[tier]) } },
  }),
})
