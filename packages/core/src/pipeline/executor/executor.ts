/** The executor port: the pipeline runs tasks through it and knows nothing of processes. */
import type { ExecutorTask, TaskOutcome } from '../../model/task.ts'

/** Compared as spec EXE-28 says: smaller runs first. */
export type TaskPriority = number | bigint | string | readonly TaskPriority[] | { compareTo(other: unknown): number }

export interface RunOptions {
  readonly priority: TaskPriority
  /** Used instead when `priority` cannot be compared with those of the tasks that wait. Default: the smallest source offset. */
  readonly defaultPriority?: number
  /** Abort: a waiting task is not started, a running one is killed with its group; both end as kind `cancelled`. */
  readonly signal: AbortSignal
  /** Abort: a task that still waits for a slot ends as kind `cancelled`; a running one is left alone. Default: none. */
  readonly admission?: AbortSignal
  /** W3C trace context for the child's `TRACEPARENT`. */
  readonly traceparent?: string | undefined
}

export interface Executor {
  readonly maxExecutors: number
  /** Tasks that hold a slot. */
  readonly activeCount: number
  /** Tasks that wait for one. */
  readonly waitingCount: number
  /** Prepares what running needs (the guardian process) and sweeps what an earlier worker left behind. */
  start(): Promise<void>
  /** Never rejects: every failure is an outcome. */
  run(task: ExecutorTask, options: RunOptions): Promise<TaskOutcome>
  /** Kills what still runs, with all descendants, and resolves when none is left. */
  close(): Promise<void>
}
