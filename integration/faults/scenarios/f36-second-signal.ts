/** F36: told to stop twice, because it takes too long. */
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../support/faults/waiting.ts'
import { defineScenario } from '../contract.ts'
import { descendantsOf } from '../stage/processes.ts'
import { survivors } from '../stage/stage-worker.ts'

const forcedCode = 143

export default defineScenario({
  id: 'F36',
  name: 'second-signal',
  fault: 'SIGTERM, and another one while tasks of 3 s are being drained',
  invariant: 'ends with 143 at once; its tasks are dead 2 s later; nothing lost',
  group: 'worker',
  needs: ['linux'],
  tiers: { hour: { messages: 5000, rounds: 15, seeds: 3 } },
  limits: { duplicates: 'uncommitted', reExecuted: 'uncommitted', recoverySeconds: null },
  messages: { shares: { precomputed: 30, echo: 1 }, taskMs: [2500, 3500] },

  async inject(stage) {
    for (let round = 1; round <= stage.rounds; round += 1) {
      await until(async () => (await stage.programsAtWork()) >= 2, { what: 'tasks run', withinMs: 30_000 })
      const worker = stage.worker
      const family = await descendantsOf(worker.pid)
      worker.signal('SIGTERM')
      await until(() => worker.logged('shutdown_signal_received').length > 0, { what: 'it heard the first', withinMs: 10_000 })
      // Sooner it would count as the same wish, told twice.
      await sleep(600)
      const started = performance.now()
      worker.signal('SIGTERM')
      const { code, signal } = await worker.exited
      const seconds = (performance.now() - started) / 1000
      stage.figures['slowest_end_seconds'] = Math.max(stage.figures['slowest_end_seconds'] ?? 0, Math.round(seconds * 100) / 100)
      if (code === forcedCode) stage.figures['forced'] = (stage.figures['forced'] ?? 0) + 1
      else if (code !== 0) stage.breaches.push(`ended with ${signal ?? code}, not ${forcedCode}`)
      const left = await survivors(family, 2000)
      if (left > 0) stage.breaches.push(`${left} processes alive 2 s after the second signal`)
      await stage.oracle.countKill()
      await stage.startWorker()
      await stage.untilSettledMore(20)
    }
  },

  bite: ({ figures }) => figures['forced'] ?? 0,
})
