/** What a run must have kept, from what was measured. Pure. */
import type { Bound, Limits } from '../contract.ts'
import type { Finding, OracleVerdict, Recovery } from '../oracle/oracle-api.ts'
import type { Ending } from '../stage/stage-worker.ts'
import { heldAtOnce } from '../stage/worker-config.ts'
import type { RunFigures } from './figures.ts'

export interface Measured {
  readonly verdict: OracleVerdict
  readonly recovery: Recovery
  readonly hits: number
  /** A message produced after everything else came to its end. */
  readonly isAlive: boolean
  /** How the workers that were running ended when they were told to stop. */
  readonly endings: readonly Ending[]
  readonly leftovers: number
  readonly zombies: number
  readonly descriptorsMore: number | null
  readonly timersMore: number | null
  readonly maxRssMb: number
  readonly rebalances: number
  readonly seconds: number
  /** The scenario's own figures. */
  readonly own: Readonly<Record<string, number>>
}

/** Descriptors, and timers, that a quiet worker may hold beyond those of its first rest. */
export const maxMore = 5
const maxRssMb = 300

export function figuresOf(measured: Measured, limits: Limits): RunFigures {
  const { verdict, recovery } = measured
  return {
    messages: verdict.messages,
    executions: verdict.executions,
    hits: measured.hits,
    lost: verdict.missing.count,
    duplicates: verdict.duplicates,
    duplicate_bound: boundOf(limits.duplicates, verdict),
    re_executed: verdict.reExecuted,
    re_executed_bound: boundOf(limits.reExecuted, verdict),
    dead_lettered: verdict.dead,
    recovery_seconds: limits.recoverySeconds === null ? null : recovery.seconds,
    recovery_limit: limits.recoverySeconds,
    rate_before: recovery.rateBefore === null ? null : Math.round(recovery.rateBefore),
    leftovers: measured.leftovers,
    zombies: measured.zombies,
    descriptors_more: measured.descriptorsMore,
    timers_more: measured.timersMore,
    max_rss_mb: Math.round(measured.maxRssMb),
    rebalances: measured.rebalances,
    seconds: Math.round(measured.seconds * 10) / 10,
    ...measured.own,
  }
}

/** What did not hold, one text each. */
export function breachesOf(measured: Measured, limits: Limits): readonly string[] {
  const { verdict } = measured
  const figures = figuresOf(measured, limits)
  const { exitCodes = [0], unexpectedDead = 0 } = limits
  return [
    ...none('lost', verdict.missing),
    ...none('delivered with other bytes', verdict.corrupted),
    ...none('never produced', verdict.unknown),
    ...none('committed before its end', verdict.committedEarly),
    ...none('delivered although it had to fail', verdict.unexpectedDelivered),
    ...(limits.ordered === true ? none('out of the order of their key', verdict.inversions) : []),
    ...above('dead-lettered without a reason', verdict.unexpectedDead.count, unexpectedDead, verdict.unexpectedDead.some),
    ...above('offsets not committed at the end', verdict.uncommitted, 0),
    ...above('duplicates', figures.duplicates, figures.duplicate_bound),
    ...above('re-executed', figures.re_executed, figures.re_executed_bound),
    ...above('seconds to 90 % of the rate', figures.recovery_seconds ?? 0, limits.recoverySeconds ?? Number.POSITIVE_INFINITY),
    ...above('processes that outlived their worker', measured.leftovers, 0),
    ...above('zombies', measured.zombies, 0),
    ...above('descriptors more than at the start', measured.descriptorsMore ?? 0, limits.descriptorsMore ?? maxMore),
    ...above('timers more than at the start', measured.timersMore ?? 0, maxMore),
    ...above('rebalances', measured.rebalances, limits.rebalances ?? Number.POSITIVE_INFINITY),
    ...above('MiB of memory', figures.max_rss_mb, limits.rssMb ?? maxRssMb),
    ...(measured.isAlive ? [] : ['a message produced at the end did not pass']),
    ...measured.endings.flatMap(({ code, signal }) =>
      code !== null && exitCodes.includes(code) ? [] : [`a worker ended with ${signal ?? code}`],
    ),
  ]
}

function boundOf(bound: Bound, verdict: OracleVerdict): number {
  if (bound !== 'uncommitted') return bound
  // At a kill the oracle looks when the worker is dead; the highest of many looks misses what began between two of them.
  return verdict.kills > 0 ? verdict.crashCost : verdict.crashCost + heldAtOnce
}

function none(what: string, { count, some }: Finding): readonly string[] {
  return above(what, count, 0, some)
}

function above(what: string, value: number, limit: number, some: readonly string[] = []): readonly string[] {
  if (value <= limit) return []
  return [`${what}: ${value}, may be ${limit}${some.length > 0 ? ` (${some.join(', ')})` : ''}`]
}
