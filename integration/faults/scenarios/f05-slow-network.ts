/** F05: the way to the broker is slow, and now and then a connection breaks. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F05',
  name: 'slow-lossy-network',
  fault: '50–200 ms more both ways, and resets of every connection',
  invariant: 'nothing lost; at most 2 rebalances; rate back within 15 s',
  group: 'broker',
  tiers: { hour: { messages: 60_000, seconds: 300, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 0, recoverySeconds: 15, rebalances: 2 },
  way: 'proxy',

  async inject(stage) {
    const until = performance.now() + (stage.load.seconds ?? 1) * 1000
    while (performance.now() < until) {
      stage.proxy.latencyMs = stage.randomMs(50, 200)
      await sleep(stage.randomMs(300, 1500))
      if (stage.random.next() < 0.3) stage.proxy.reset()
    }
  },

  heal(stage) {
    stage.proxy.latencyMs = 0
    return Promise.resolve()
  },

  bite: ({ proxy }) => proxy.hits,
})
