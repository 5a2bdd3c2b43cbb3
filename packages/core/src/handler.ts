/**
 * What users write: hooks around the run of an external program (spec 7). `defineHandler` infers the message type from
 * `input` and the task metadata from what `arrange` returns.
 */
import type { CollectResult, InputOf, InputSchema, Logger, SinkHandleMap } from '@drakkar/plugin-sdk'
import type { DeliveryError } from './model/delivery-error.ts'
import type { MessageGroup } from './model/group.ts'
import type { SourceMessage } from './model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask, PendingContext, TaskMetadata } from './model/task.ts'
import type { TaskPriority } from './pipeline/executor/executor.ts'

export type Awaitable<T> = T | Promise<T>

export const ErrorAction = Object.freeze({ RETRY: 'RETRY', SKIP: 'SKIP', DLQ: 'DLQ' } as const)
export type ErrorAction = (typeof ErrorAction)[keyof typeof ErrorAction]

export const DeliveryAction = Object.freeze({ DLQ: 'DLQ', RETRY: 'RETRY', SKIP: 'SKIP' } as const)
export type DeliveryAction = (typeof DeliveryAction)[keyof typeof DeliveryAction]

/** `context.sinks.postgres('main')`: what the sink exposes, e.g. its connection pool. */
export type SinkHandles = {
  readonly [K in keyof SinkHandleMap]: (instance?: string) => SinkHandleMap[K]
} & { readonly [type: string]: (instance?: string) => unknown }

/** Given to every hook as its last argument. */
export interface HookContext {
  /** Aborts when the work the hook was called for is given up: the partition is gone, or a stop ran out of time. Nothing of it will be committed. */
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly sinks: SinkHandles
}

/** What a hook returns: payloads by sink, or nothing. */
export type HookResult = CollectResult | null | undefined | void

export interface Handler<
  S extends InputSchema | undefined = undefined,
  M extends TaskMetadata = TaskMetadata,
  T = S extends InputSchema ? InputOf<S> : unknown,
> {
  /** Decodes and checks `value` as JSON. Absent: the JSON is parsed and handed over unchecked. */
  readonly input?: S
  /** Once per window of one partition: messages in offset order → tasks. Deterministic, for stable payload ids. */
  arrange(messages: readonly SourceMessage<T>[], pending: PendingContext, context: HookContext): Awaitable<readonly ExecutorTask<M>[]>
  /** Once per task that ended with exit code 0. */
  onTaskComplete?(result: ExecutorResult<M>, context: HookContext): Awaitable<HookResult>
  /** Once per source message, when all its tasks are terminal; also for messages without tasks. */
  onMessageComplete?(group: MessageGroup<T>, context: HookContext): Awaitable<HookResult>
  /** Once per failed attempt. Without this hook failed tasks are dead-lettered. A list replaces the task. */
  onError?(task: ExecutorTask<M>, error: ExecutorError<M>, context: HookContext): Awaitable<ErrorAction | readonly ExecutorTask<M>[]>
  /** Once per failed delivery of a group. Default `DLQ`. */
  onDeliveryError?(error: DeliveryError, context: HookContext): Awaitable<DeliveryAction>
  /**
   * Makes a payload for the sink `to` of a payload for the sink `from` (`type/name`): for `fallback` and `on_success` between
   * different types. A throw means that it cannot. Absent: the same payload between instances of one type, else its `data`.
   */
  convertPayload?(payload: unknown, way: { readonly from: string; readonly to: string }): unknown
  /** Replaces decoding: returns the payload, throws when the value is invalid. */
  deserializeMessage?(message: SourceMessage<null>, context: HookContext): Awaitable<T>
  /** Text for people. Default `partition:offset`. */
  messageLabel?(message: SourceMessage<T>): string
  /** Smaller runs first. Default: the smallest source offset. */
  taskPriority?(task: ExecutorTask<M>): TaskPriority
}

/** A handler whatever its types. */
// oxlint-disable-next-line typescript/no-explicit-any -- the pipeline stores handlers of every message type; hooks are contravariant in it
export type AnyHandler = Handler<any, any, any>

/** Returns the handler unchanged; exists for its types. */
export function defineHandler<const S extends InputSchema | undefined = undefined, M extends TaskMetadata = TaskMetadata>(
  handler: Handler<S, M>,
): Handler<S, M> {
  return handler
}
