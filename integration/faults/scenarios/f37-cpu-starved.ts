/** F37: the worker shares its one core with programs that never rest. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario } from '../contract.ts'

const rivals = 6

export default defineScenario({
  id: 'F37',
  name: 'cpu-starved',
  fault: `worker on one core with ${rivals} busy loops`,
  invariant: 'nothing lost, nothing twice, no rebalance',
  group: 'worker',
  needs: ['linux'],
  tiers: { hour: { messages: 40_000, seconds: 120, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 15, rebalances: 0 },
  launch: { through: ['taskset', '-c', '0'] },

  async inject(stage) {
    const busy = Array.from({ length: rivals }, () =>
      spawn('taskset', ['-c', '0', '/bin/sh', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
    )
    try {
      await sleep((stage.load.seconds ?? 1) * 1000)
    } finally {
      stage.figures['rivals'] = busy.filter(({ exitCode }) => exitCode === null).length
      await Promise.all(busy.map(async (rival) => (rival.kill('SIGKILL'), once(rival, 'exit'))))
    }
  },

  bite: ({ figures }) => figures['rivals'] ?? 0,
})
