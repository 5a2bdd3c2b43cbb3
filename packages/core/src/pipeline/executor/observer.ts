/** What the executor reports while it works, for metrics and the recorder. A throw is logged and changes nothing. */
import { errorMessage, type Logger } from '@drakkar/plugin-sdk'
import type { ExecutorTask, TaskOutcome } from '../../model/task.ts'

export interface TaskStarted {
  readonly task: ExecutorTask
  /** 0…max−1; -1 for a precomputed task. */
  readonly slot: number
  /** Null for a precomputed task and for a program that could not be started. */
  readonly pid: number | null
  readonly precomputed: boolean
}

export interface TaskEnded {
  readonly task: ExecutorTask
  readonly slot: number
  readonly outcome: TaskOutcome
  readonly precomputed: boolean
}

export interface ExecutorObserver {
  /** The task took a slot (EXE-27). Once per attempt; tries that failed for want of resources are not told. */
  taskStarted?(event: TaskStarted): void
  /** Follows every `taskStarted`. A task cancelled while it waited has neither. */
  taskEnded?(event: TaskEnded): void
  /** The number of slots in use or of waiting tasks has changed. */
  poolChanged?(activeCount: number, waitingCount: number): void
  /** `taskPriority` gave a value that cannot be compared (HND-30). */
  priorityIncomparable?(): void
  /** Want of resources: the task is tried again later with `limit` slots. */
  pressure?(event: { readonly code: string; readonly limit: number }): void
}

/** Every call of an observer, whether it has it or not. */
export type ObserverCalls = Required<ExecutorObserver>

/** Guards the executor against its observer. */
export function guardObserver(observer: ExecutorObserver, logger: Logger): ObserverCalls {
  const guarded = (tell: () => void): void => {
    try {
      tell()
    } catch (error) {
      logger.error('executor_observer_failed', { error: errorMessage(error) })
    }
  }
  return {
    taskStarted: (event) => guarded(() => observer.taskStarted?.(event)),
    taskEnded: (event) => guarded(() => observer.taskEnded?.(event)),
    poolChanged: (activeCount, waitingCount) => guarded(() => observer.poolChanged?.(activeCount, waitingCount)),
    priorityIncomparable: () => guarded(() => observer.priorityIncomparable?.()),
    pressure: (event) => guarded(() => observer.pressure?.(event)),
  }
}
