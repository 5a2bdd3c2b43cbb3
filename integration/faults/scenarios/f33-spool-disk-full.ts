/** F33: the dead-letter topic is away, and the disk of the spool is full. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'
import { fillDisk, freeDisk, throughSmallDisk } from '../stage/small-disk.ts'

export default defineScenario({
  id: 'F33',
  name: 'spool-disk-full',
  fault: 'no dead-letter topic (connections cut), and no room for the spool (ENOSPC)',
  invariant: 'dead letters wait, nothing is dropped, nothing committed before its end; goes on by itself',
  group: 'disk',
  needs: ['root', 'linux'],
  tiers: { ci: { messages: 500 }, hour: { messages: 4000, rounds: 5, seeds: 3 } },
  // A dead letter that was spooled may also have been stored by the topic that did not answer in time.
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 30 },
  messages: { shares: { precomputed: 3, echo: 1, exit: 1 } },
  launch: { through: throughSmallDisk },
  config: ({ folder, names, proxyAddress }) => ({
    dlq: { topic: names.deadLetters, brokers: proxyAddress, spool_dir: join(folder, 'mounted'), max_retries: 0 },
  }),

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      await fillDisk(stage.folder)
      stage.proxy.refuse()
      await untilSpoolFailed(stage.logged('dlq_spool_failed').length, () => stage.logged('dlq_spool_failed').length)
      await sleep(stage.randomMs(0, 1000))
      await freeDisk(stage.folder)
      await sleep(stage.randomMs(0, 3000))
      stage.proxy.accept()
      if (round < stage.rounds) await stage.untilSettledMore(200)
    }
  },

  bite: (stage) => stage.warnings('dlq_spool_failed'),
})

/** An attempt against a broker that is away takes up to 15 s. */
async function untilSpoolFailed(before: number, count: () => number): Promise<void> {
  const deadline = performance.now() + 40_000
  while (count() <= before && performance.now() < deadline) await sleep(100)
}
