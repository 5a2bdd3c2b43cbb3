/** Plain counters of the pipeline since start. Cheap additions; whoever shows them takes a copy. */
export interface PipelineCounters {
  consumed: number
  /** Messages whose offset is settled. */
  completed: number
  windows: number
  tasksStarted: number
  tasksCompleted: number
  /** Failed attempts, also those tried again. */
  tasksFailed: number
  taskRetries: number
  tasksReplaced: number
  tasksSkipped: number
  tasksPrecomputed: number
  /** A handler's `taskPriority` threw, or gave what cannot be compared. */
  priorityErrors: number
  /** Source messages that could not be decoded. */
  undecodable: number
  /** Source messages dead-lettered as a whole: undecodable, or because a hook failed for them. */
  poisoned: number
  commits: number
  commitFailures: number
  /** Records of partitions that were not ours (any more): neither processed nor committed. */
  unroutable: number
  /** What the consumer has reported as going wrong. */
  consumerErrors: number
}

export function createCounters(): PipelineCounters {
  return {
    consumed: 0,
    completed: 0,
    windows: 0,
    tasksStarted: 0,
    tasksCompleted: 0,
    tasksFailed: 0,
    taskRetries: 0,
    tasksReplaced: 0,
    tasksSkipped: 0,
    tasksPrecomputed: 0,
    priorityErrors: 0,
    undecodable: 0,
    poisoned: 0,
    commits: 0,
    commitFailures: 0,
    unroutable: 0,
    consumerErrors: 0,
  }
}
