/** What can go wrong while partitions are on their way: tasks that outlast the budget, and deaths between the two rounds. */
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { join, startPair, unmoved } from './group.ts'

/** Tasks that do not end within the drain budget are killed before the partition is given away. */
export const longTasks: Scenario = {
  name: 'long tasks',
  lab: { tasks: { minMs: 4000, maxMs: 6000 }, backlog: 4, executor: { drain_timeout_seconds: 1 } },
  costs: { join: 'kill' },
  async play(lab) {
    await startPair(lab)
    await lab.event('join', () => join(lab, 'w3'), { quietMs: 12_000, watchMs: 12_000 })
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played),
}

const slowTasks = { tasks: { minMs: 1500, maxMs: 2500 }, backlog: 8 } as const

/** `w2` has begun to drain what it has to give away, and dies. */
export const ownerDies: Scenario = {
  name: 'owner dies',
  lab: slowTasks,
  costs: { 'owner dies': 'kill' },
  play: (lab) => dieBetween(lab, { event: 'owner dies', victim: 'w2', left: ['w1', 'w3'] }),
  inconclusive: (played) => unmoved(played),
}

/** `w1`, which came first and shares the partitions out, dies while it and `w2` drain. */
export const leaderDies: Scenario = {
  name: 'leader dies',
  lab: slowTasks,
  costs: { 'leader dies': 'kill' },
  play: (lab) => dieBetween(lab, { event: 'leader dies', victim: 'w1', left: ['w2', 'w3'] }),
  inconclusive: (played) => unmoved(played),
}

/** The new member dies before it was given anything. */
export const joinerDies: Scenario = {
  name: 'joiner dies',
  lab: slowTasks,
  costs: { 'joiner dies': 'kill' },
  play: (lab) => dieBetween(lab, { event: 'joiner dies', victim: 'w3', left: ['w1', 'w2'] }),
  inconclusive: () => null,
}

interface Death {
  readonly event: string
  readonly victim: string
  readonly left: readonly string[]
}

async function dieBetween(lab: Lab, { event, victim, left }: Death) {
  await startPair(lab)
  const die = async (): Promise<void> => {
    const drains = victim === 'w3' ? 'w2' : victim
    const revoked = lab.untilLine(`${drains} begins to drain`, (line) => line.kind === 'revoke' && line.worker === drains)
    lab.start('w3')
    const line = await revoked
    lab.worker(victim).signal('SIGKILL')
    await lab.worker(victim).exited
    if (lab.lines.some(({ kind, worker, atMs }) => kind === 'release' && worker === drains && atMs >= line.atMs)) {
      lab.doubts.push(`${drains} had drained before ${victim} was killed`)
    }
    // What was being drained for the new member has been let go, and comes back.
    if (victim === 'w3') await lab.until(`${drains} has let go`, () => lab.owned(drains).size < lab.partitions / 2)
    await lab.untilShared(left)
  }
  await lab.event(event, die, { quietMs: 8000, watchMs: 6000, killed: [victim] })
  return lab.finish()
}
