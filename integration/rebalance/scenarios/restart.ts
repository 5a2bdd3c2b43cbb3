/** A container is killed and started again at once, without and with static membership. */
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { idleAtKill, join, startPair, unmoved } from './group.ts'

/** The dead member stays in the group until its session is over, and the group waits for it. */
export const restart: Scenario = {
  name: 'restart',
  costs: { 'kill and restart': 'kill' },
  async play(lab) {
    await startPair(lab)
    await join(lab, 'w3')
    await lab.event('kill and restart', () => killAndRestart(lab), { killed: ['w3'], watchMs: 8000 })
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played) ?? idleAtKill(played, 'kill and restart'),
}

/** The new process takes the place of the dead one without a rebalance. */
export const staticRestart: Scenario = {
  name: 'static restart',
  costs: { 'kill and restart': 'kill' },
  async play(lab) {
    await startPair(lab, named)
    await join(lab, 'w3', named('w3'))
    await lab.event('kill and restart', () => killAndRestart(lab, named('w3')), { killed: ['w3'], watchMs: 8000 })
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played) ?? idleAtKill(played, 'kill and restart'),
}

function named(name: string) {
  return { kafka: { group_instance_id: `lab-${name}` } }
}

async function killAndRestart(lab: Lab, options = {}): Promise<void> {
  lab.worker('w3').signal('SIGKILL')
  await lab.worker('w3').exited
  lab.start('w3 again', options)
  await lab.untilShared(['w1', 'w2', 'w3 again'])
}
