/** What the stages of one assignment of a partition share. */
import type { InFlight } from '../runtime/in-flight.ts'
import type { OpenMessages } from './collect/open-messages.ts'
import type { TaskBook } from './collect/task-book.ts'
import type { PipelineShared } from './pipeline-shared.ts'
import type { FlowShare } from './source/flow-share.ts'

export interface AssignmentScope {
  readonly partition: number
  readonly shared: PipelineShared
  readonly flow: FlowShare
  readonly open: OpenMessages
  readonly book: TaskBook
  /** Everything asynchronous is tracked here, so that a drain waits for it. */
  readonly work: InFlight
  /** Aborts when nothing new may start. */
  readonly admission: AbortSignal
  /** Aborts when what runs is given up: nothing is settled from then on. */
  readonly kill: AbortSignal
}
