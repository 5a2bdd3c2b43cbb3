/** Everything that came of one source message, as `onMessageComplete` sees it (spec TSK-6). */
import type { SourceMessage } from './message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask } from './task.ts'

export interface MessageGroup<T = unknown> {
  readonly sourceMessage: SourceMessage<T>
  /** All tasks ever scheduled for the message, replaced ones included. */
  readonly tasks: readonly ExecutorTask[]
  /** Terminal successes in completion order. */
  readonly results: readonly ExecutorResult[]
  /** Terminal failures. */
  readonly errors: readonly ExecutorError[]
  /** Unix seconds. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly succeeded: number
  readonly failed: number
  readonly total: number
  readonly replaced: number
  readonly allSucceeded: boolean
  readonly anyFailed: boolean
  readonly isEmpty: boolean
  readonly durationSeconds: number
}
