/** The sink's broker cannot be reached for a while, the source's can. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'G7',
  name: 'sink-unreachable',
  fault: 'connections to the sink are reset and refused; the source works on',
  invariant: 'nothing lost, nothing dead-lettered, nothing run again; rate back within 15 s; memory bounded',
  group: 'broker',
  tiers: { ci: { messages: 4000, seconds: 5 }, hour: { messages: 60_000, seconds: 600 } },
  limits: { duplicates: 'uncommitted', reExecuted: 0, recoverySeconds: 15 },

  config: ({ names, proxyAddress }) => ({
    sinks: {
      kafka: { results: { topic: names.results, brokers: proxyAddress, retry: { backoff: { interval: '200ms', factor: 2, cap: '2s' } } } },
    },
  }),

  async inject(stage) {
    stage.proxy.refuse()
    await sleep((stage.load.seconds ?? 1) * 1000)
  },

  heal(stage) {
    stage.proxy.accept()
    return Promise.resolve()
  },

  bite: ({ proxy }) => proxy.hits,
})
