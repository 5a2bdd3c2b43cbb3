/** What the scenarios do again and again. */
import type { EventFigures } from '../judge/judge-event.ts'
import type { Lab, StartOptions } from '../lab/lab.ts'
import type { Played } from '../scenario.ts'

/** Two workers that share all partitions; `w1` came first, so that it leads the group. */
export async function startPair(lab: Lab, options: (name: string) => StartOptions = () => ({})): Promise<void> {
  lab.start('w1', options('w1'))
  await lab.until('w1 owns all partitions', () => lab.owned('w1').size === lab.partitions)
  lab.start('w2', options('w2'))
  await lab.untilShared(['w1', 'w2'])
}

/** A further worker joins `w1` and `w2`. */
export async function join(lab: Lab, name: string, options: StartOptions = {}): Promise<void> {
  lab.start(name, options)
  await lab.untilShared(['w1', 'w2', name])
}

/** SIGKILL; resolves when the others share its partitions. */
export async function kill(lab: Lab, name: string, left: readonly string[]): Promise<void> {
  lab.worker(name).signal('SIGKILL')
  await lab.worker(name).exited
  await lab.untilShared(left)
}

export async function leave(lab: Lab, name: string, left: readonly string[]): Promise<void> {
  lab.worker(name).signal('SIGTERM')
  await lab.untilShared(left)
}

function figuresOf(played: Played, name: string): EventFigures {
  const found = played.events.find((one) => one.event === name)
  if (found === undefined) throw new Error(`there was no event ${name}`)
  return found
}

/** Names events in which no partition moved, null when there are none. */
export function unmoved({ events }: Played): string | null {
  const names = events.filter(({ moved }) => moved === 0).map((one) => one.event)
  return names.length === 0 ? null : `no partition moved at: ${names.join(', ')}`
}

/** Why a kill shows nothing. */
export function idleAtKill(played: Played, name: string): string | null {
  return figuresOf(played, name).inFlightAtKill === 0 ? `the process killed at ${name} had nothing in flight` : null
}
