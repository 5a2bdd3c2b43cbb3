/**
 * Calls the handler's hooks: one place for their context, their time limit, their default and what their failures mean
 * (spec section 7).
 */
import { errorMessage, redactText, type CollectResult } from '@drakkar/plugin-sdk'
import { DeliveryAction, type AnyHandler, type HookContext, type HookResult } from '../../handler.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import type { MessageGroup } from '../../model/group.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask, PendingContext } from '../../model/task.ts'
import { abortable } from '../../runtime/abortable.ts'
import { comparePriorities } from '../executor/compare-priorities.ts'
import type { TaskPriority } from '../executor/executor.ts'
import { taskListProblem } from '../window/task-list.ts'
import { CallContext, type HookContextPorts, type HookFields } from './hook-context.ts'
import { withinHookLimit, type HookLimit } from './hook-limit.ts'

/** What `onError` decided. */
export type ErrorDecision =
  | { readonly action: 'retry' }
  | { readonly action: 'skip' }
  | { readonly action: 'dead_letter' }
  | { readonly action: 'replace'; readonly tasks: readonly ExecutorTask[] }

export interface HooksOptions extends HookContextPorts {
  readonly handler: AnyHandler
  /** What a failed task comes to without a decision of the handler. */
  readonly onTaskFailure: 'dead_letter' | 'skip'
  /** Absent or null: a hook may take as long as it wants. */
  readonly limit?: HookLimit | null
}

/** The window a hook is called for. */
export interface HookPlace {
  readonly partition: number
  readonly id: number
}

/** What a hook is called for, and how long it may take. */
export interface HookCall {
  readonly signal: AbortSignal
  readonly fields: HookFields
  /** Absent: that of all hooks. Null: as long as it wants. */
  readonly limit?: HookLimit | null
}

export class Hooks {
  readonly #options: HooksOptions

  constructor(options: HooksOptions) {
    this.#options = options
  }

  get hasMessageComplete(): boolean {
    return this.#options.handler.onMessageComplete !== undefined
  }

  get hasWindowComplete(): boolean {
    return this.#options.handler.onWindowComplete !== undefined
  }

  /** Rejects with whatever the hook threw. */
  async arrange(
    { messages, pending }: { readonly messages: readonly SourceMessage[]; readonly pending: PendingContext },
    signal: AbortSignal,
    place: HookPlace,
  ): Promise<unknown> {
    const { handler } = this.#options
    const fields: HookFields = () => ({ ...placeFields(place), offsets: messages.map(({ offset }) => offset) })
    return this.call('arrange', { signal, fields }, (context) => handler.arrange(messages, pending, context))
  }

  /** Rejects with whatever the hook threw. */
  async taskComplete(result: ExecutorResult, signal: AbortSignal, place: HookPlace): Promise<CollectResult | null> {
    const { handler } = this.#options
    if (handler.onTaskComplete === undefined) return null
    const fields: HookFields = () => taskFields(result.task, place)
    return orNull(await this.call('on_task_complete', { signal, fields }, (context) => handler.onTaskComplete?.(result, context)))
  }

  /** Rejects with whatever the hook threw. */
  async messageComplete(group: MessageGroup, signal: AbortSignal, place: HookPlace): Promise<CollectResult | null> {
    const { handler } = this.#options
    if (handler.onMessageComplete === undefined) return null
    const fields: HookFields = () => ({ ...placeFields(place), offset: group.sourceMessage.offset })
    return orNull(await this.call('on_message_complete', { signal, fields }, (context) => handler.onMessageComplete?.(group, context)))
  }

  /** Rejects with whatever the hook threw. */
  async windowComplete(
    { results, messages }: { readonly results: readonly ExecutorResult[]; readonly messages: readonly SourceMessage[] },
    signal: AbortSignal,
    place: HookPlace,
  ): Promise<CollectResult | null> {
    const { handler } = this.#options
    if (handler.onWindowComplete === undefined) return null
    const fields: HookFields = () => ({ ...placeFields(place), offsets: messages.map(({ offset }) => offset) })
    const run = (context: HookContext): ReturnType<NonNullable<AnyHandler['onWindowComplete']>> =>
      handler.onWindowComplete?.(results, messages, context)
    return orNull(await this.call('on_window_complete', { signal, fields }, run))
  }

  /** Never rejects: a throw and an unknown answer are the default of `executor.on_task_failure`. */
  async error(error: ExecutorError, signal: AbortSignal, place: HookPlace): Promise<ErrorDecision> {
    const { handler, logger } = this.#options
    if (handler.onError === undefined) return this.undecided()
    const { task } = error
    const fields: HookFields = () => taskFields(task, place)
    try {
      const answer: unknown = await this.call('on_error', { signal, fields }, (context) => handler.onError?.(task, error, context))
      return errorDecision(answer) ?? this.#unknownAnswer('on_error', answer, this.undecided())
    } catch (thrown) {
      logger.error('on_error_failed', { ...taskFields(task, place), error: thrown })
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
    const fields: HookFields = () => deliveryFields(error)
    try {
      const run = (context: HookContext): unknown => handler.onDeliveryError?.(error, context)
      const answer = await this.call('on_delivery_error', { signal, fields }, run)
      if (answer === 'DLQ' || answer === 'RETRY' || answer === 'SKIP') return answer
      return this.#unknownAnswer('on_delivery_error', answer, DeliveryAction.DLQ)
    } catch (thrown) {
      logger.error('on_delivery_error_failed', { ...deliveryFields(error), error: thrown })
      return DeliveryAction.DLQ
    }
  }

  /** Rejects with whatever the hook threw. Undefined when the handler does not decode by itself. */
  deserialize(message: SourceMessage<null>, signal: AbortSignal): Promise<unknown> | undefined {
    const { handler } = this.#options
    if (handler.deserializeMessage === undefined) return undefined
    const fields: HookFields = () => ({ partition: message.partition, offset: message.offset })
    return Promise.resolve(
      this.call('deserialize_message', { signal, fields }, (context) => handler.deserializeMessage?.(message, context)),
    )
  }

  /** The handler's priority, else `age`: what the framework goes by. Never throws; `onFailure` hears when it cannot be used (spec HND-30). */
  priority(task: ExecutorTask, age: number, onFailure: () => void): TaskPriority {
    const { handler, logger } = this.#options
    if (handler.taskPriority === undefined) return age
    try {
      const priority = handler.taskPriority(task)
      if (comparePriorities(priority, priority) !== null) return priority
      logger.warn('priority_fn_failed', { task_id: task.taskId, reason: 'the priority cannot be compared' })
    } catch (error) {
      logger.warn('priority_fn_failed', { task_id: task.taskId, error })
    }
    onFailure()
    return age
  }

  /** Text for people. Never throws: the default is `partition:offset` (spec HND-13). */
  messageLabel(message: SourceMessage): string {
    const { handler, logger } = this.#options
    const label = `${message.partition}:${message.offset}`
    if (handler.messageLabel === undefined) return label
    try {
      const own: unknown = handler.messageLabel(message)
      return typeof own === 'string' ? own : label
    } catch (error) {
      logger.warn('message_label_failed', { partition: message.partition, offset: message.offset, error })
      return label
    }
  }

  /**
   * Any hook, with its context and its limit. Rejects, or throws, with whatever it threw. A hook that never settles must not outlive
   * what it was called for: the wait ends when the signal aborts.
   */
  call<T>(hook: string, on: HookCall, run: (context: HookContext) => T | Promise<T>): T | Promise<T> {
    const { limit = this.#options.limit ?? null } = on
    const result = run(new CallContext(this.#options, { hook, signal: on.signal, fields: on.fields }))
    if (!isThenable(result)) return result
    const wait = abortable(result, on.signal)
    return limit === null ? wait : withinHookLimit(wait, hook, limit)
  }

  #unknownAnswer<T>(hook: string, answer: unknown, instead: T): T {
    this.#options.logger.warn('hook_answer_unknown', { hook, answer: redactText(errorMessage(answer)) })
    return instead
  }
}

function placeFields(place: HookPlace): { readonly partition: number; readonly window_id: number } {
  return { partition: place.partition, window_id: place.id }
}

function taskFields(task: ExecutorTask, place: HookPlace): ReturnType<HookFields> {
  return { ...placeFields(place), task_id: task.taskId, offsets: task.sourceOffsets }
}

function deliveryFields({ sinkType, sinkName, source }: DeliveryError): ReturnType<HookFields> {
  return { partition: source.partition, offsets: source.offsets, sink_type: sinkType, sink_name: sinkName }
}

/** Also promises of other libraries: query builders, for one. */
function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
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
