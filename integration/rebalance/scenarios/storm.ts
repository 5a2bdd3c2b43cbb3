/** Fault F07, scaled down: every three seconds somebody comes or goes, before the group has come to rest. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../lab/lab.ts'
import type { LabWorker } from '../lab/lab-worker.ts'
import type { Scenario } from '../scenario.ts'
import { startPair, unmoved } from './group.ts'

const rounds = 10
const everyMs = 3000

export const storm: Scenario = {
  name: 'storm',
  fault: 'F07',
  costs: { storm: 'graceful' },
  async play(lab) {
    await startPair(lab)
    const guests = await parkGuests(lab)
    await lab.event('storm', () => blow(lab, guests))
    return lab.finish()
  },
  inconclusive: (played) => unmoved(played),
}

/** A process takes seconds to begin where there is little processor time: they are all ready before the first one joins. */
async function parkGuests(lab: Lab): Promise<readonly LabWorker[]> {
  const guests = Array.from({ length: rounds }, (_, index) => lab.start(`guest ${index + 1}`, { parked: true }))
  await lab.until('all guests are ready', () => lab.lines.filter(({ kind }) => kind === 'parked').length === rounds)
  return guests
}

/** Two guests at a time; each stays for two rounds, whether it was given anything by then or not. */
async function blow(lab: Lab, guests: readonly LabWorker[]): Promise<void> {
  for (const [index, guest] of guests.entries()) {
    guest.signal('SIGUSR2')
    await sleep(everyMs)
    guests[index - 1]?.signal('SIGTERM')
  }
  guests.at(-1)?.signal('SIGTERM')
  await Promise.all(guests.map(({ exited }) => exited))
  await lab.untilShared(['w1', 'w2'])
}
