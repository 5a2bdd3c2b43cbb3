/** F22: the configured program goes away, loses its rights, is half a file, is being written, and comes back. */
import { chmod, copyFile, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineScenario, type Stage } from '../contract.ts'
import { burntAttempts, noteLowestLimit, untilConcurrent, untilPressed } from '../poison/pressure-scenario.ts'

const programOf = ({ folder }: Pick<Stage, 'folder'>): string => join(folder, 'program')

type Harm = (program: string) => Promise<() => Promise<void>>

/** Each resolves with what undoes it. */
const harms: readonly Harm[] = [
  async (program) => {
    await rename(program, `${program}.away`)
    return () => rename(`${program}.away`, program)
  },
  async (program) => {
    await chmod(program, 0o644)
    return () => chmod(program, 0o755)
  },
  async (program) => {
    // ETXTBSY while somebody writes to it.
    await copyFile(program, `${program}.next`)
    const next = await open(`${program}.next`, 'r+')
    await rename(`${program}.next`, program)
    return () => next.close()
  },
]

export default defineScenario({
  id: 'F22',
  name: 'program-missing',
  fault: 'executor.binary_path is moved, not executable, being written, and back',
  invariant: 'messages wait: no dead letter, 0 attempts burnt; the worker goes on by itself',
  group: 'task',
  needs: ['linux'],
  tiers: { ci: { messages: 900, rounds: 3 }, hour: { messages: 10_000, rounds: 30, seeds: 3 } },
  limits: { duplicates: 0, reExecuted: 0, recoverySeconds: 15 },
  messages: { shares: { precomputed: 1, lean: 1 }, taskMs: [10, 30] },
  launch: { env: { FAULT_BINARY: 'configured' } },
  prepare: (stage) => copyFile('/bin/sh', programOf(stage)),
  config: (stage) => ({ executor: { binary_path: programOf(stage) } }),

  async inject(stage) {
    for (let round = 0; round < stage.rounds; round += 1) {
      const undo = await harms[round % harms.length]?.(programOf(stage))
      await untilPressed(stage, 3)
      await sleep(stage.randomMs(0, 300))
      await undo?.()
      if (round + 1 < stage.rounds) await stage.untilSettledMore(50)
    }
    noteLowestLimit(stage)
    await untilConcurrent(stage, 4)
  },

  bite: (stage) => {
    const codes = new Set(stage.logged('executor_pressure').map(({ code }) => code))
    return ['ENOENT', 'EACCES', 'ETXTBSY'].every((code) => codes.has(code)) ? stage.warnings('executor_pressure') : 0
  },
  check: async (stage) => burntAttempts(stage),
})
