/**
 * What a fault scenario is: data, and functions that do something to a stage. `README.md` says how to add one; each file of
 * `scenarios/` has one as its default export and is found by being there.
 */
import type { MessageMix } from './oracle/message-plan.ts'
import type { Stage } from './stage/stage.ts'
import type { WorkerLaunch } from './stage/stage-worker.ts'

export type { Stage } from './stage/stage.ts'

/** `ci`: a few minutes for all. `hour`: by command, with larger loads and several seeds. `soak`: by command, for hours. */
export const tiers = ['ci', 'hour', 'soak'] as const
export type Tier = (typeof tiers)[number]

/** One vitest file each; scenarios of one group share a broker. */
export type Group = 'broker' | 'worker' | 'task' | 'disk'

export interface Load {
  /** Produced before the fault, as a backlog. */
  readonly messages: number
  /** How often the scenario does what it does; its own business. Default 1. */
  readonly rounds?: number
  /** How long the fault lasts, where that is the scenario's measure. */
  readonly seconds?: number
  /** How many seeds. Default 1. */
  readonly seeds?: number
}

/** What the machine must have; a scenario that lacks it is reported as left out. */
export type Need =
  /** May mount, and raise limits. */
  | 'root'
  /** `/proc`, `prlimit`, `unshare`. */
  | 'linux'
  /** The broker is a process of ours that can be stopped, killed and frozen. */
  | 'own-broker'

/**
 * A number, or what a crash may cost: `uncommitted`: delivered or begun and not committed, as the oracle saw it when workers were
 * killed or, without a kill, at its highest, plus what a worker takes at once.
 */
export type Bound = number | 'uncommitted'

export interface Limits {
  /** Deliveries of a message beyond its first. */
  readonly duplicates: Bound
  /** Runs of a program for a message beyond its first. */
  readonly reExecuted: Bound
  /** From the end of the fault to 90 % of the rate before it. Null: the rate means nothing here. */
  readonly recoverySeconds: number | null
  /** Messages that the mode lets through and that were dead-lettered all the same. Default 0. */
  readonly unexpectedDead?: number
  /** Assignments of partitions after the fault has begun. Default: any number. */
  readonly rebalances?: number
  /** First deliveries of a key come in the order of its offsets. Default false: `executor.ordering` is `none`. */
  readonly ordered?: boolean
  /** Descriptors a quiet worker may hold beyond those it began with. Default 5. */
  readonly descriptorsMore?: number
  /** Largest memory of a worker. Default 300. */
  readonly rssMb?: number
  /** How the workers may end when they are told to stop at the end. Default `[0]`. */
  readonly exitCodes?: readonly number[]
}

export interface FaultScenario {
  /** `F02` of the fault list; two scenarios of one fault are told apart by name. */
  readonly id: string
  /** kebab-case, for `--only` and file names. */
  readonly name: string
  /** What happens, in a few words, for the table. */
  readonly fault: string
  /** What has to hold, in a few words, for the table. */
  readonly invariant: string
  readonly group: Group
  readonly needs?: readonly Need[]
  /** Tiers it is part of, and with how much. */
  readonly tiers: Readonly<Partial<Record<Tier, Load>>>
  readonly limits: Limits
  /** Default: 8 partitions; four of five messages precomputed, tasks of 5 to 40 ms. */
  readonly messages?: MessageMix
  /** Workers that run when the fault begins, and how they are started. Default: one, through nothing. */
  readonly workers?: number
  readonly launch?: WorkerLaunch
  /** Sections of the configuration, merged over the stage's own, one level deep. May depend on the stage. */
  config?(stage: Stage): Readonly<Record<string, unknown>>
  /** Settings of the topics, e.g. `max.message.bytes`. */
  readonly topics?: {
    readonly source?: Readonly<Record<string, string>>
    readonly deadLetters?: Readonly<Record<string, string>>
  }
  /** The file of results in `stage.folder`, when they are not in a topic. */
  readonly resultsFile?: string
  /** Before the first message and the first worker. */
  prepare?(stage: Stage): Promise<void>
  /** Where the workers find the broker. Default `direct`; `proxy`: through `stage.proxy`. */
  readonly way?: 'direct' | 'proxy'
  /**
   * Begins the fault and resolves when it has lasted long enough. Called while the workers are busy. Absent: the fault is in the
   * messages.
   */
  inject?(stage: Stage): Promise<void>
  /** Ends it. The messages that are left must now come to their ends. */
  heal?(stage: Stage): Promise<void>
  /** How often the fault was seen to have done something. 0: the run proves nothing and is repeated with another seed. */
  bite(stage: Stage): Promise<number> | number
  /** What else does not hold, one text each. Called when everything is settled and the workers still run. */
  check?(stage: Stage): Promise<readonly string[]>
}

/** Returns the scenario unchanged; exists for its type. */
export function defineScenario(scenario: FaultScenario): FaultScenario {
  return scenario
}
