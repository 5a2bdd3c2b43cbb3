/**
 * Calls the handler's hooks: one place for their context, their default and what their failures mean (spec section 7).
 */
import { errorMessage, redactText, type CollectResult } from '@drakkar/plugin-sdk'
import { DeliveryAction, type AnyHandler, type HookContext, type HookResult, type SinkHandles } from '../../handler.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import type { MessageGroup } from '../../model/group.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask, PendingContext } from '../../model/task.ts'
import type { AppLogger } from '../../observability/logger.ts'
import { abortable } from '../../runtime/abortable.ts'
import type { TaskPriority } from '../executor/executor.ts'
import { taskListProblem } from '../window/task-list.ts'

/** What `onError` decided. */
export type ErrorDecision =
  | { readonly action: 'retry' }
  | { readonly action: 'skip' }
  | { readonly action: 'dead_letter' }
  | { readonly action: 'replace'; readonly tasks: readonly ExecutorTask[] }

export interface HooksOptions {
  readonly handler: AnyHandler
  readonly logger: AppLogger
  readonly sinks: SinkHandles
  /** What a failed task comes to without a decision of the handler. */
  readonly onTaskFailure: 'dead_letter' | 'skip'
}

export class Hooks {
  readonly #options: HooksOptions

  constructor(options: HooksOptions) {
    this.#options = options
  }

  get hasMessageComplete(): boolean {
    return this.#options.handler.onMessageComplete !== undefined
  }

  /** Rejects with whatever the hook threw. */
  async arrange(messages: readonly SourceMessage[], pending: PendingContext, signal: AbortSignal): Promise<unknown> {
    return this.#call('arrange', signal, (context) => this.#options.handler.arrange(messages, pending, context))
  }

  /** Rejects with whatever the hook threw. */
  async taskComplete(result: ExecutorResult, signal: AbortSignal): Promise<CollectResult | null> {
    const { handler } = this.#options
    if (handler.onTaskComplete === undefined) return null
    return orNull(await this.#call('on_task_complete', signal, (context) => handler.onTaskComplete?.(result, context)))
  }

  /** Rejects with whatever the hook threw. */
  async messageComplete(group: MessageGroup, signal: AbortSignal): Promise<CollectResult | null> {
    const { handler } = this.#options
    if (handler.onMessageComplete === undefined) return null
    return orNull(await this.#call('on_message_complete', signal, (context) => handler.onMessageComplete?.(group, context)))
  }

  /** Never rejects: a throw and an unknown answer are the default of `executor.on_task_failure`. */
  async error(task: ExecutorTask, error: ExecutorError, signal: AbortSignal): Promise<ErrorDecision> {
    const { handler, logger } = this.#options
    if (handler.onError === undefined) return this.undecided()
    try {
      const answer: unknown = await this.#call('on_error', signal, (context) => handler.onError?.(task, error, context))
      return errorDecision(answer) ?? this.#unknownAnswer('on_error', answer, this.undecided())
    } catch (thrown) {
      logger.error('on_error_failed', { task_id: task.taskId, error: thrown })
      return this.undecided()
    }
  }

  /** What becomes of a failed task when the handler does not decide, or its retries are used up. */
  undecided(): ErrorDecision {
    return { action: this.#options.onTaskFailure }
  }

  /** Never rejects: a throw and an unknown answer mean DLQ (spec HND-11, HND-29). */
  async deliveryError(error: DeliveryError, signal: AbortSignal): Promise<DeliveryAction> {
    const { handler, logger } = this.#options
    if (handler.onDeliveryError === undefined) return DeliveryAction.DLQ
    try {
      const answer: unknown = await this.#call('on_delivery_error', signal, (context) => handler.onDeliveryError?.(error, context))
      if (answer === 'DLQ' || answer === 'RETRY' || answer === 'SKIP') return answer
      return this.#unknownAnswer('on_delivery_error', answer, DeliveryAction.DLQ)
    } catch (thrown) {
      logger.error('on_delivery_error_failed', { sink_type: error.sinkType, sink_name: error.sinkName, error: thrown })
      return DeliveryAction.DLQ
    }
  }

  /** Rejects with whatever the hook threw. Undefined when the handler does not decode by itself. */
  deserialize(message: SourceMessage<null>, signal: AbortSignal): Promise<unknown> | undefined {
    const { handler } = this.#options
    if (handler.deserializeMessage === undefined) return undefined
    return Promise.resolve(this.#call('deserialize_message', signal, (context) => handler.deserializeMessage?.(message, context)))
  }

  /** The handler's priority, or the smallest source offset (they are in order). Never throws (spec HND-30). */
  priority(task: ExecutorTask): TaskPriority {
    const { handler, logger } = this.#options
    if (handler.taskPriority !== undefined) {
      try {
        return handler.taskPriority(task)
      } catch (error) {
        logger.warn('priority_fn_failed', { task_id: task.taskId, error })
      }
    }
    return task.sourceOffsets[0] ?? 0
  }

  /** A hook that never settles must not outlive what it was called for: the wait ends when the signal aborts. */
  #call<T>(hook: string, signal: AbortSignal, run: (context: HookContext) => T | Promise<T>): T | Promise<T> {
    const result = run(this.#context(signal, hook))
    return result instanceof Promise ? abortable(result, signal) : result
  }

  #context(signal: AbortSignal, hook: string): HookContext {
    return { signal, sinks: this.#options.sinks, logger: this.#hookLogger(hook) }
  }

  readonly #hookLoggers = new Map<string, AppLogger>()

  #hookLogger(hook: string): AppLogger {
    const known = this.#hookLoggers.get(hook)
    if (known !== undefined) return known
    const logger = this.#options.logger.child({ category: 'handler', hook })
    this.#hookLoggers.set(hook, logger)
    return logger
  }

  #unknownAnswer<T>(hook: string, answer: unknown, instead: T): T {
    this.#options.logger.warn('hook_answer_unknown', { hook, answer: redactText(errorMessage(answer)) })
    return instead
  }
}

function errorDecision(answer: unknown): ErrorDecision | null {
  if (answer === 'RETRY') return { action: 'retry' }
  if (answer === 'SKIP') return { action: 'skip' }
  if (answer === 'DLQ') return { action: 'dead_letter' }
  return isTaskList(answer) ? { action: 'replace', tasks: answer } : null
}

function isTaskList(answer: unknown): answer is readonly ExecutorTask[] {
  return Array.isArray(answer) && taskListProblem(answer) === null
}

function orNull(result: Awaited<HookResult>): CollectResult | null {
  return result ?? null
}
