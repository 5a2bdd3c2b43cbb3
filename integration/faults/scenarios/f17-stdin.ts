/** F17: programs that do not read what they are given. */
import { definePoison } from '../poison/poison-scenario.ts'

export default definePoison({
  id: 'F17',
  name: 'stdin',
  fault: 'programs never read their megabyte of stdin, or end before it is written',
  invariant: 'a broken pipe is no failure: the exit code decides',
  tiers: { hour: { messages: 3000, seeds: 3 } },
  shares: { deaf: 6, early: 6, early_fails: 6 },
})
