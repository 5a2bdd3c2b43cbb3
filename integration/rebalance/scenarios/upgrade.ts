/** A group of plain kafkajs members with round robin is changed over to Drakkar, one member after the other, and nobody stops. */
import type { Lab } from '../lab/lab.ts'
import type { Scenario } from '../scenario.ts'
import { unmoved } from './group.ts'

export const upgrade: Scenario = {
  name: 'upgrade',
  // Round robin knows no hand-over: what is in flight in a moving partition runs again.
  costs: {
    'first joins': 'moves at once',
    'first old leaves': 'moves at once',
    'second joins': 'moves at once',
    'last old leaves': 'moves at once',
    'third joins': 'graceful',
  },
  async play(lab) {
    lab.start('old1', { program: 'stranger' })
    lab.start('old2', { program: 'stranger' })
    await lab.untilShared(['old1', 'old2'])
    await lab.event('first joins', () => startIn(lab, 'w1', ['old1', 'old2', 'w1']))
    await lab.event('first old leaves', () => stopIn(lab, 'old1', ['old2', 'w1']))
    await lab.event('second joins', () => startIn(lab, 'w2', ['old2', 'w1', 'w2']))
    await lab.event('last old leaves', () => stopIn(lab, 'old2', ['w1', 'w2']))
    await lab.event('third joins', () => startIn(lab, 'w3', ['w1', 'w2', 'w3']))
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played),
}

async function startIn(lab: Lab, name: string, all: readonly string[]): Promise<void> {
  lab.start(name)
  await lab.untilShared(all)
}

async function stopIn(lab: Lab, name: string, left: readonly string[]): Promise<void> {
  lab.worker(name).signal('SIGTERM')
  await lab.worker(name).exited
  await lab.untilShared(left)
}
