/** F02: the broker crashes and comes back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F02',
  name: 'broker-killed',
  fault: 'broker SIGKILL and start',
  invariant: 'nothing lost; rate back within 30 s',
  group: 'broker',
  needs: ['own-broker'],
  tiers: { ci: { messages: 3000 }, hour: { messages: 40_000, rounds: 5, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: 30 },

  async inject(stage) {
    const { broker, rounds, random } = stage
    for (let round = 1; round <= rounds; round += 1) {
      await broker.kill()
      await sleep(random.between(200, 1500))
      await broker.start()
      if (round < rounds) await stage.untilSettledMore(500)
    }
  },

  bite: (stage) => stage.warnings(),
})
