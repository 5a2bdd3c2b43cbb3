/**
 * One task from start to settled: attempts, the handler's decision on each failure, the hook on success, and the
 * delivery of what it returns (spec sections 10, 11 and 14).
 */
import { backoffDelayMs, type BackoffRules, type Clock, errorMessage, redactText } from '@drakkar/plugin-sdk'
import { taskRecord } from '../../dlq/dead-letter.ts'
import { isSettled } from '../../dlq/dead-letter-log.ts'
import type { DeadLetters } from '../../dlq/dead-letters.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask, TaskOutcome } from '../../model/task.ts'
import type { AppLogger } from '../../observability/logger.ts'
import type { PipelineCounters } from '../../observability/pipeline-counters.ts'
import type { Executor } from '../executor/executor.ts'
import type { ManagedSink } from '../sinks/managed-sink.ts'
import type { DeliveryOrigin } from '../sinks/delivery-group.ts'
import type { RoutedGroup } from '../sinks/route.ts'
import type { SinkManager } from '../sinks/sink-manager.ts'
import type { ErrorDecision, HookPlace, Hooks } from './hooks.ts'

export interface TaskRunnerOptions {
  readonly executor: Executor
  readonly hooks: Hooks
  readonly sinks: SinkManager
  readonly deadLetters: DeadLetters
  readonly maxRetries: number
  readonly retryBackoff: BackoffRules
  readonly clock: Clock
  readonly random: () => number
  readonly stats: PipelineCounters
  readonly logger: AppLogger
}

/** What a task needs of the window and the partition it belongs to. */
export interface TaskScope {
  readonly place: HookPlace
  /** Aborts when nothing new may start. */
  readonly admission: AbortSignal
  /** Aborts when what runs is given up. */
  readonly kill: AbortSignal
  /** The source messages of the task that are still open. */
  messages(task: ExecutorTask): readonly SourceMessage[]
  origin(task: ExecutorTask): DeliveryOrigin
  /** Its priority unless the handler has one of its own: smaller is older. */
  age(task: ExecutorTask): number
  succeeded(task: ExecutorTask, result: ExecutorResult): void
  failed(task: ExecutorTask, error: ExecutorError): void
  /** Schedules the tasks that take this one's place. False: the chain is too long, and the task has failed. */
  replace(task: ExecutorTask, replacements: readonly ExecutorTask[]): boolean
}

export class TaskRunner {
  readonly #options: TaskRunnerOptions
  readonly #priorityFailed = (): void => {
    this.#options.stats.priorityErrors += 1
  }

  constructor(options: TaskRunnerOptions) {
    this.#options = options
  }

  /** Resolves true when the task is terminal and all its payloads are settled, false when it was given up. Never rejects. */
  async run(task: ExecutorTask, scope: TaskScope): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(task, scope)
      if (outcome.status === 'completed') return this.#complete(outcome.result, scope)
      if (outcome.error.kind === 'cancelled') return false
      const decision = await this.#decide(outcome.error, attempt, scope)
      if (decision.action !== 'retry') return this.#end(outcome.error, { decision, attempt, scope })
      if (!(await this.#waitBeforeRetry(attempt, scope))) return false
    }
  }

  async #attempt(task: ExecutorTask, scope: TaskScope): Promise<TaskOutcome> {
    const { executor, hooks, stats, logger } = this.#options
    stats.tasksStarted += 1
    if (task.precomputed !== null) stats.tasksPrecomputed += 1
    const defaultPriority = task.precomputed === null ? scope.age(task) : 0
    const priority = task.precomputed === null ? hooks.priority(task, defaultPriority, this.#priorityFailed) : 0
    const outcome = await executor.run(task, { priority, defaultPriority, signal: scope.kill, admission: scope.admission })
    if (outcome.status === 'completed') {
      stats.tasksCompleted += 1
    } else if (outcome.error.kind !== 'cancelled') {
      stats.tasksFailed += 1
      logger.warn('executor_task_failed', failureFields(outcome.error))
    }
    return outcome
  }

  async #decide(error: ExecutorError, attempt: number, scope: TaskScope): Promise<ErrorDecision> {
    if (error.kind === 'poison') return { action: 'dead_letter' }
    const decision = await this.#options.hooks.error(error, scope.kill, scope.place)
    if (decision.action !== 'retry' || attempt <= this.#options.maxRetries) return decision
    this.#options.logger.error('max_retries_exceeded', { ...failureFields(error), attempts: attempt })
    return this.#options.hooks.undecided()
  }

  async #waitBeforeRetry(attempt: number, scope: TaskScope): Promise<boolean> {
    const { clock, random, retryBackoff, stats } = this.#options
    stats.taskRetries += 1
    const delayMs = backoffDelayMs(retryBackoff, attempt, random())
    if (delayMs > 0) await clock.sleep(delayMs, scope.admission)
    return !scope.admission.aborted
  }

  /** A failure that is not tried again. */
  async #end(error: ExecutorError, end: { decision: ErrorDecision; attempt: number; scope: TaskScope }): Promise<boolean> {
    const { decision, scope } = end
    if (decision.action === 'replace' && scope.replace(error.task, decision.tasks)) {
      this.#options.stats.tasksReplaced += 1
      return true
    }
    scope.failed(error.task, error)
    if (decision.action === 'skip') {
      this.#options.stats.tasksSkipped += 1
      return true
    }
    return this.#deadLetter('task', error, { attempts: end.attempt, scope, cause: error.exception ?? failureText(error) })
  }

  async #complete(result: ExecutorResult, scope: TaskScope): Promise<boolean> {
    let groups: readonly RoutedGroup<ManagedSink>[]
    try {
      groups = this.#options.sinks.route(await this.#options.hooks.taskComplete(result, scope.kill, scope.place))
    } catch (error) {
      if (scope.kill.aborted) return false
      return this.#resultUnusable(result, error, scope)
    }
    const settled = groups.length === 0 || (await this.#options.sinks.deliver(groups, scope.origin(result.task)))
    scope.succeeded(result.task, result)
    return settled
  }

  /** `onTaskComplete` threw, or returned what cannot be routed: the outcome is kept as a dead letter (spec HND-22…24). */
  #resultUnusable(result: ExecutorResult, error: unknown, scope: TaskScope): Promise<boolean> {
    this.#options.logger.error('unexpected_error_in_task', { task_id: result.task.taskId, hook: 'on_task_complete', error })
    scope.failed(result.task, {
      task: result.task,
      kind: 'exit',
      exitCode: -1,
      stderr: result.stderr,
      exception: redactText(errorMessage(error)),
      pid: result.pid,
      result: { ...result, exitCode: -1 },
    })
    return this.#deadLetter('on_task_complete', result, { attempts: 1, scope, cause: error })
  }

  async #deadLetter(
    stage: string,
    failed: ExecutorResult | ExecutorError,
    why: { readonly attempts: number; readonly scope: TaskScope; readonly cause: unknown },
  ): Promise<boolean> {
    const { deadLetters } = this.#options
    const messages = why.scope.messages(failed.task)
    const place = why.scope.origin(failed.task).source
    const found = deadLetters.facts({ error: why.cause, attempts: why.attempts, place, messages, taskIds: [failed.task.taskId] })
    const facts = 'kind' in failed ? { ...found, errorType: failed.kind } : found
    return isSettled(await deadLetters.send(taskRecord(facts, stage, failed), messages, why.scope.kill))
  }
}

function failureFields(error: ExecutorError): Readonly<Record<string, unknown>> {
  return { task_id: error.task.taskId, kind: error.kind, exit_code: error.exitCode, exception: error.exception, pid: error.pid }
}

function failureText(error: ExecutorError): string {
  return `task ended with ${error.result.signal ?? `exit code ${error.exitCode ?? -1}`}`
}
