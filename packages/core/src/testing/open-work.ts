/** What keeps a run from its end, in words. Pure. */
import type { AppSnapshot } from '../app.ts'
import type { AppLogEntry } from './recording-app-logger.ts'

export interface OpenWorkFacts {
  /** Null: there is no worker at the moment, or it has not started. */
  readonly snapshot: AppSnapshot | null
  readonly logs: readonly AppLogEntry[]
  readonly partitions: readonly { readonly partition: number; readonly committed: number; readonly end: number }[]
  /** Calls of the test's own code that have not returned. */
  readonly calls: readonly string[]
}

export function openWork({ snapshot, logs, partitions, calls }: OpenWorkFacts): readonly string[] {
  const behind = partitions.filter(({ committed, end }) => committed < end)
  return [
    ...behind.map(({ partition, committed, end }) => `partition ${partition}: committed ${committed} of ${end}`),
    ...calls.map((call) => `${call} has not returned`),
    ...(snapshot === null ? ['no worker is running'] : openInWorker(snapshot)),
    ...lastProblem(logs),
  ]
}

function openInWorker(snapshot: AppSnapshot): readonly string[] {
  const counts = [
    [snapshot.queued, 'messages wait for a window'],
    [snapshot.inFlightTasks, 'tasks are under way'],
    [snapshot.deadLettersBlocked, 'dead letters wait for the dead-letter log'],
    ...snapshot.sinks.map(({ sink_type, sink_name, queue_depth }) => [queue_depth, `payloads wait for ${sink_type}/${sink_name}`] as const),
  ] as const
  return [
    ...counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])),
    ...(snapshot.throttles.length === 0 ? [] : [`the source is held back by ${snapshot.throttles.join(', ')}`]),
  ]
}

/** The latest line of the log that tells of something wrong. */
function lastProblem(logs: readonly AppLogEntry[]): readonly string[] {
  const last = logs.findLast(({ level }) => level !== 'debug' && level !== 'info')
  if (last === undefined) return []
  const { error } = last.fields
  const reason = error instanceof Error ? error.message : error
  return [`last problem in the log: ${last.event}${typeof reason === 'string' ? ` (${reason})` : ''}`]
}
