/** F36: told to stop while dead letters are on their way. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F36',
  name: 'stop-during-dead-letter',
  fault: 'SIGTERM while dead letters wait for a slow log',
  invariant: 'ends with 0; nothing lost, nothing run again, no dead letter twice',
  group: 'worker',
  needs: ['linux'],
  tiers: { hour: { messages: 4000, rounds: 20, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null },
  messages: { shares: { echo: 3, exit: 1 } },

  config: ({ proxyAddress, names }) => ({ dlq: { topic: names.deadLetters, brokers: proxyAddress } }),

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      stage.proxy.latencyMs = 150
      await sleep(stage.randomMs(300, 900))
      const { dead } = await stage.status()
      await stage.stopWorker(stage.worker)
      const sent = (await stage.status()).dead - dead
      if (sent > 0) stage.figures['sent_while_stopping'] = (stage.figures['sent_while_stopping'] ?? 0) + sent
      stage.proxy.latencyMs = 0
      await stage.startWorker()
      await stage.untilSettledMore(50)
    }
  },

  bite: ({ figures, proxy }) => (proxy.hits > 0 ? (figures['sent_while_stopping'] ?? 0) : 0),
})
