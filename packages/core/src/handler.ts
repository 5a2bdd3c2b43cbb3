/**
 * What users write: hooks around the run of an external program (spec 7). `defineHandler` infers the message type from
 * `input` and the task metadata from what `arrange` returns.
 */
import type { CollectResult, InputOf, InputSchema, Logger, SinkHandleMap } from '@drakkar/plugin-sdk'
import type { DrakkarConfig, MutableConfig } from './config/schema.ts'
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
  /**
   * Aborts when the work the hook was called for is given up: the partition is gone, or a stop ran out of time; for `arrange` and
   * `deserializeMessage` as soon as a stop begins. Nothing of it will be committed.
   */
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly sinks: SinkHandles
}

/** A job on the worker's clock (spec 27). */
export interface PeriodicTask {
  /** Above 0: from the start of the worker to the first run, and from the end of a run to the next. */
  readonly seconds: number
  /** `this` is the handler. */
  run(context: HookContext): Awaitable<void>
  /** After a throw: go on (default), or never run it again. */
  readonly onError?: 'continue' | 'stop'
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
  /**
   * Once per window whose `arrange` returned tasks, when all of them are terminal, replacements included. `results` has one entry per
   * task, success or failure, in the order of their ends. The window's messages stay uncommitted until what it returns is settled; a
   * throw dead-letters them.
   */
  onWindowComplete?(
    results: readonly ExecutorResult<M>[],
    messages: readonly SourceMessage<T>[],
    context: HookContext,
  ): Awaitable<HookResult>
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
  /** Once, before anything is built: may change the configuration it is given, or return another. A throw ends the start. */
  onStartup?(config: MutableConfig): Awaitable<DrakkarConfig | MutableConfig | void>
  /** Once, after the sinks have connected and before the first message. A throw ends the start. */
  onReady?(config: DrakkarConfig, context: HookContext): Awaitable<void>
  /** Once per rebalance that brings partitions. A throw is logged. */
  onAssign?(partitions: readonly number[], context: HookContext): Awaitable<void>
  /** Once per rebalance that takes partitions away, lost ones included. A throw is logged. */
  onRevoke?(partitions: readonly number[], context: HookContext): Awaitable<void>
  /** Jobs by name, which run beside the pipeline from `onReady` to the stop. */
  readonly periodic?: Readonly<Record<string, PeriodicTask>>
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
