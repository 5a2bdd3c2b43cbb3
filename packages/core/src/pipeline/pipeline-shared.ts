/** What all partitions of a worker share: the stages behind the window, and whom to tell. */
import type { Clock } from '@drakkar/plugin-sdk'
import type { DeadLetters } from '../dlq/dead-letters.ts'
import type { AppLogger } from '../observability/logger.ts'
import type { PipelineCounters } from '../observability/pipeline-counters.ts'
import type { ServedAge } from './collect/fair-ages.ts'
import type { Hooks } from './collect/hooks.ts'
import type { TaskRunner } from './collect/task-runner.ts'
import type { SinkManager } from './sinks/sink-manager.ts'
import type { FlowControl } from './source/flow-control.ts'
import type { ArrangePorts } from './window/arrange.ts'
import type { Decoder } from './window/decode.ts'

export interface PipelineShared {
  readonly topic: string
  readonly windowSize: number
  /** `arrange` calls of one partition that may run at once. */
  readonly arrangeConcurrency: number
  /** Which messages may have tasks running side by side. */
  readonly ordering: 'none' | 'key' | 'partition'
  /** With `executor.priority: fair`; null: who waits for an executor is compared by offset. */
  readonly servedAge: ServedAge | null
  readonly onInvalidMessage: 'dead_letter' | 'pass'
  readonly decoder: Decoder
  readonly hooks: Hooks
  readonly arrange: ArrangePorts
  readonly runner: TaskRunner
  readonly sinks: SinkManager
  readonly deadLetters: DeadLetters
  readonly flow: FlowControl
  readonly clock: Clock
  readonly stats: PipelineCounters
  readonly logger: AppLogger
  /** Something may be committed now. */
  readonly onProgress: () => void
  /** The partition cannot take more until something of it is committed, or can again. */
  readonly onBlocked: (partition: number, blocked: boolean) => void
  /** A defect of ours ended a piece of work: the worker must not go on as if nothing had happened. */
  readonly onDefect: (error: unknown) => void
}
