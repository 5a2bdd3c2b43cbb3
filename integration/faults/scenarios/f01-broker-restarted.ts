/** F01: the broker is restarted the clean way. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F01',
  name: 'broker-restarted',
  fault: 'broker SIGTERM and start',
  invariant: 'nothing lost; rate back within 30 s',
  group: 'broker',
  needs: ['own-broker'],
  tiers: { hour: { messages: 40_000, rounds: 5, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: 30 },

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      await stage.broker.stop()
      await sleep(stage.randomMs(0, 2000))
      await stage.broker.start()
      if (round < stage.rounds) await stage.untilSettledMore(2000)
    }
  },

  bite: (stage) => stage.warnings(),
})
