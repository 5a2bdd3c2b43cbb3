/** A look at a running worker, for `DrakkarApp.snapshot()`. */
import type { AppSnapshot } from '../app.ts'
import type { PipelineCounters } from '../observability/pipeline-counters.ts'
import type { IdleTime } from '../pipeline/source/idle-time.ts'
import type { Source } from '../pipeline/source/source.ts'
import type { WireOptions } from './wire-pipeline.ts'

export interface SnapshotParts {
  readonly stats: PipelineCounters
  readonly source: Source
  readonly idle: IdleTime
}

export function snapshot(wire: WireOptions, parts: SnapshotParts): AppSnapshot {
  const processors = [...parts.source.processors]
  return {
    counters: { ...parts.stats },
    sinks: wire.sinks.snapshot(),
    deadLettered: wire.deadLetters.log.sentCount,
    deadLetterFailures: wire.deadLetters.log.sendFailureCount,
    deadLettersBlocked: wire.deadLetters.log.blockedCount,
    spoolEntries: wire.deadLetters.log.spoolEntries,
    partitions: parts.source.partitions,
    queued: processors.reduce((sum, processor) => sum + processor.queueSize, 0),
    inFlightTasks: processors.reduce((sum, processor) => sum + processor.inFlightTasks, 0),
    activeExecutors: wire.executor.activeCount,
    waitingTasks: wire.executor.waitingCount,
    totalQueued: wire.flow.load.units,
    bufferedBytes: wire.flow.load.bytes,
    paused: wire.flow.paused,
    throttles: wire.flow.throttles,
    ...parts.idle.totals,
  }
}
