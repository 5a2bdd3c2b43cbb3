/** F12 to F19 and F23 at once, in one run of one worker: what each does alone is in their own files. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F12-F19',
  name: 'poison-mix',
  fault: '26 kinds of poison at once: values, hooks, programs, pipes, commands (F12-F14, F16-F19, F23)',
  invariant: 'each its own end, by its own reason, after its own attempts; everything else delivered once',
  tiers: { ci: { messages: 600 } },
  shares: {
    ...{ cut: 1, bytes: 1, empty: 1, alien: 1, arrange_throws: 1, arrange_hangs: 0.6 },
    ...{ complete_throws: 1, complete_hangs: 1, complete_astray: 1 },
    ...{ exit: 1, crash: 1, exit137: 1, flaky: 1, killed: 1, starved: 1 },
    ...{ flood: 1, drip: 1, junk: 1, deaf: 1, early: 1, early_fails: 1 },
    ...{ stubborn: 0.6, holder: 1, escaped: 1, nul: 1, too_long: 1 },
  },
  config: () => ({ executor: { max_output_bytes: 2 ** 20, env: { FAULT_FLOOD_BYTES: String(4 * 2 ** 20) } } }),
})
