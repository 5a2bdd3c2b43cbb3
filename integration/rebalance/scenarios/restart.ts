/** A container is killed and started again at once, without and with static membership. */
import type { Lab, StartOptions } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { idleAtKill, join, startPair, unmoved } from './group.ts'

/** The dead member stays in the group until its session is over, and the group waits for it. */
export const restart: Scenario = {
  name: 'restart',
  costs: { 'kill and restart': 'kill' },
  async play(lab) {
    await startPair(lab)
    await join(lab, 'w3')
    await parkReplacement(lab)
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
    await parkReplacement(lab, named('w3'))
    await lab.event('kill and restart', () => killAndRestart(lab), { killed: ['w3'], watchMs: 8000 })
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played) ?? idleAtKill(played, 'kill and restart'),
}

function named(name: string) {
  return { kafka: { group_instance_id: `lab-${name}` } }
}

/** Loaded before the event: how long Node takes to load a program on a busy machine is no matter of the group. */
async function parkReplacement(lab: Lab, options: StartOptions = {}): Promise<void> {
  lab.start('w3 again', { ...options, parked: true })
  await lab.until('the replacement is ready', () => lab.lines.some(({ kind }) => kind === 'parked'))
}

async function killAndRestart(lab: Lab): Promise<void> {
  lab.worker('w3').signal('SIGKILL')
  await lab.worker('w3').exited
  lab.worker('w3 again').signal('SIGUSR2')
  await lab.untilShared(['w1', 'w2', 'w3 again'])
}
