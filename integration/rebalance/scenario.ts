/** A scenario: what is done to a group, and what must have come of it. */
import type { EventFigures } from './judge/judge-event.ts'
import type { RunFigures, Truth } from './judge/judge-run.ts'
import type { Lab, LabOptions } from './lab/lab.ts'

/**
 * What an event may cost. `graceful`: nothing runs twice and nobody works on what is another's. `kill`: what was in flight or
 * uncommitted in the killed process, and nothing in partitions that stayed where they were. `gone-on`: a process that did not
 * know that it had lost its partitions; it may end what it had begun and nothing of it may be committed. `moves at once`: members
 * without a hand-over take part; what was in flight or uncommitted in partitions that moved may run again.
 */
export type Cost = 'graceful' | 'kill' | 'gone-on' | 'moves at once'

export interface Played {
  readonly events: readonly EventFigures[]
  readonly run: RunFigures
}

export interface Scenario {
  readonly name: string
  /** In the list of faults of the field notes. */
  readonly fault?: string
  readonly lab?: Omit<LabOptions, 'name' | 'brokers'>
  /** Brokers it needs. Default 1. */
  readonly brokers?: 1 | 3
  readonly costs: Readonly<Record<string, Cost>>
  /** Resolves with what the broker says at the end. */
  play(lab: Lab): Promise<Truth>
  /** Why a run in which all this was measured shows nothing; null when the event bit. */
  inconclusive(played: Played): string | null
}
