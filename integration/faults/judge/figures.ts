/** The result of one run: figures, and what did not hold. Written as JSON, one file a run. */
import type { Tier } from '../contract.ts'

/** `held`: every invariant, and the fault bit. `inconclusive`: it did not bite. `left_out`: the machine lacks what it needs. */
export type RunVerdict = 'held' | 'broken' | 'inconclusive' | 'left_out'

export interface RunFigures {
  readonly messages: number
  /** Programs that were run. */
  readonly executions: number
  /** How often the fault did something. */
  readonly hits: number
  readonly lost: number
  readonly duplicates: number
  readonly duplicate_bound: number
  readonly re_executed: number
  readonly re_executed_bound: number
  readonly dead_lettered: number
  /** Null: does not apply, or could not be measured. */
  readonly recovery_seconds: number | null
  readonly recovery_limit: number | null
  readonly rate_before: number | null
  /** Processes that outlived their worker. */
  readonly leftovers: number
  readonly zombies: number
  /** Of a worker that lived through the fault: at its end, against when it first was quiet. Null: none did. */
  readonly descriptors_more: number | null
  readonly timers_more: number | null
  readonly max_rss_mb: number
  /** Assignments of partitions since the fault began. */
  readonly rebalances: number
  readonly seconds: number
  /** The scenario's own. */
  readonly [own: string]: number | null
}

export interface RunResult {
  readonly id: string
  readonly name: string
  readonly fault: string
  readonly invariant: string
  readonly tier: Tier
  readonly seed: number
  readonly verdict: RunVerdict
  /** What did not hold, or why it was left out. */
  readonly findings: readonly string[]
  readonly figures: RunFigures | null
  /** ISO 8601. */
  readonly at: string
  readonly versions: Readonly<Record<string, string>>
}
