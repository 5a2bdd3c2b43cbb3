/** Plain counters of the pipeline since start. Cheap additions; whoever shows them takes a snapshot. */
export class PipelineStats {
  consumed = 0
  /** Messages whose offset is settled. */
  completed = 0
  windows = 0
  tasksStarted = 0
  tasksCompleted = 0
  /** Failed attempts, also those tried again. */
  tasksFailed = 0
  taskRetries = 0
  tasksReplaced = 0
  tasksSkipped = 0
  tasksPrecomputed = 0
  /** Source messages that could not be decoded. */
  undecodable = 0
  /** Source messages dead-lettered because a hook failed for them. */
  poisoned = 0
  commits = 0
  commitFailures = 0

  snapshot(): PipelineCounters {
    return { ...this }
  }
}

/** A copy of the counters. */
export type PipelineCounters = Omit<PipelineStats, 'snapshot'>
