/** F04: the network between one of two workers and the broker goes away, and nobody says so. What was on its way arrives at the end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

export default defineScenario({
  id: 'F04',
  name: 'half-open-network',
  fault: 'one of two workers cut off, half-open, for longer than its session; then all that was held back arrives',
  invariant: 'nothing lost; the other takes over; late commits of the old owner count for nothing',
  group: 'broker',
  tiers: { ci: { messages: 4000, seconds: 12 }, hour: { messages: 40_000, seconds: 60, rounds: 3, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null },
  workers: 1,
  way: 'proxy',

  async inject(stage) {
    await stage.startWorker({ way: 'direct' })
    await stage.untilJoined()
    for (let round = 1; round <= stage.rounds; round += 1) {
      await stage.untilSettledMore(100)
      stage.proxy.isHalfOpen = true
      await sleep((stage.load.seconds ?? 1) * 1000)
      stage.proxy.isHalfOpen = false
      await stage.untilJoined()
    }
  },

  // It lost its partitions, or was told that it had.
  bite: (stage) => (stage.proxy.hits > 0 ? stage.logged('partitions_lost').length : 0),
})
