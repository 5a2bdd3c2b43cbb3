/** A third worker comes, goes politely, is killed, and is frozen (fault F08): the events every group meets. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sessionTimeoutMs } from '../lab/lab-config.ts'
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { idleAtKill, join, kill, leave, startPair, unmoved } from './group.ts'

export const membership: Scenario = {
  name: 'membership',
  fault: 'F08',
  costs: { join: 'graceful', leave: 'graceful', 'join again': 'graceful', kill: 'kill', freeze: 'gone-on' },
  async play(lab) {
    await startPair(lab)
    await lab.event('join', () => join(lab, 'w3'))
    await lab.event('leave', () => leave(lab, 'w3', ['w1', 'w2']))
    await lab.event('join again', () => join(lab, 'w4'))
    await lab.event('kill', () => kill(lab, 'w4', ['w1', 'w2']), { killed: ['w4'] })
    await join(lab, 'w5')
    await lab.event('freeze', () => freeze(lab, 'w5'))
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played) ?? idleAtKill(played, 'kill'),
}

/** Stops a worker for longer than its session, until the others have its partitions, and lets it go on. */
async function freeze(lab: Lab, name: string): Promise<void> {
  lab.worker(name).signal('SIGSTOP')
  await sleep(sessionTimeoutMs)
  const frozen = lab.owned(name)
  const takenBy = (one: string): number => [...lab.owned(one)].filter((partition) => frozen.has(partition)).length
  await lab.until('the others have its partitions', () => takenBy('w1') + takenBy('w2') === frozen.size)
  lab.worker(name).signal('SIGCONT')
  await lab.untilShared(['w1', 'w2', name])
}
