/**
 * `Executor` with one operating-system process per task (spec 10). Here the parts meet: pool, spawner, supervision,
 * guardian. Every run ends in an outcome; a slot is held exactly from the grant to the end of the process group.
 */
import { type Clock, DrakkarError, errorMessage, type Logger, systemClock } from '@drakkar/plugin-sdk'
import type { ExecutorTask, TaskOutcome } from '../../model/task.ts'
import { connectCancellation, type RunCancellation } from './cancellation.ts'
import { sharedEnvironment } from './environment.ts'
import { ExecutorPool } from './executor-pool.ts'
import type { Executor, RunOptions } from './executor.ts'
import { Guardian } from './guardian.ts'
import { neverStarted } from './interpret-exit.ts'
import { guardObserver, type ExecutorObserver, type ObserverCalls } from './observer.ts'
import { OomKills } from './oom-kills.ts'
import { precomputedOutcome } from './precomputed.ts'
import { createRunId } from './run-id.ts'
import type { ExecutorSettings } from './settings.ts'
import type { Spawner } from './spawner.ts'
import { createNodeSpawner } from './subprocess.ts'
import { sweepDeadOwners, sweepRun } from './sweep.ts'
import { ProcessRunner } from './process-runner.ts'

export interface ProcessExecutorOptions {
  /** The section `executor`. */
  readonly config: ExecutorSettings
  readonly logger: Logger
  /** Default: made at `start()` from this process's pid and start time. */
  readonly runId?: string
  readonly clock?: Clock
  readonly observer?: ExecutorObserver
  /** Default: `node:child_process`. */
  readonly spawner?: Spawner
}

export interface ExecutorStats {
  readonly activeCount: number
  readonly waitingCount: number
  readonly maxExecutors: number
  /** Below `maxExecutors` while the machine is short of processes, descriptors or memory. */
  readonly limit: number
  /** Starts that failed for want of resources and were repeated. */
  readonly pressureCount: number
  readonly lastPressureCode: string | null
  /** Null on Windows and while it is being replaced. */
  readonly guardianPid: number | null
  readonly guardianRestarts: number
}

export function createProcessExecutor(options: ProcessExecutorOptions): ProcessExecutor {
  return new ProcessExecutor(options)
}

interface Prepared {
  readonly runId: string
  readonly guardian: Guardian
  readonly runner: ProcessRunner
}

export class ProcessExecutor implements Executor {
  readonly #config: ExecutorSettings
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #observer: ObserverCalls
  readonly #spawner: Spawner
  readonly #pool: ExecutorPool
  readonly #oomKills = new OomKills()
  readonly #givenRunId: string | undefined
  readonly #runs = new Map<RunCancellation, Promise<unknown>>()
  #prepared: Prepared | null = null
  #starting: Promise<void> | null = null
  #closing: Promise<void> | null = null

  constructor(options: ProcessExecutorOptions) {
    this.#config = options.config
    this.#logger = options.logger
    this.#clock = options.clock ?? systemClock
    this.#observer = guardObserver(options.observer ?? {}, options.logger)
    this.#spawner = options.spawner ?? createNodeSpawner()
    this.#givenRunId = options.runId
    this.#pool = new ExecutorPool({
      maxExecutors: options.config.max_executors,
      clock: this.#clock,
      onIncomparablePriority: () => this.#priorityFailed(),
    })
  }

  get maxExecutors(): number {
    return this.#pool.maxExecutors
  }

  get activeCount(): number {
    return this.#pool.activeCount
  }

  get waitingCount(): number {
    return this.#pool.waitingCount
  }

  get stats(): ExecutorStats {
    return {
      activeCount: this.activeCount,
      waitingCount: this.waitingCount,
      maxExecutors: this.maxExecutors,
      limit: this.#pool.limit,
      pressureCount: this.#prepared?.runner.pressureCount ?? 0,
      lastPressureCode: this.#prepared?.runner.lastPressureCode ?? null,
      guardianPid: this.#prepared?.guardian.pid ?? null,
      guardianRestarts: this.#prepared?.guardian.restarts ?? 0,
    }
  }

  /** Null before `start()`. */
  get runId(): string | null {
    return this.#prepared?.runId ?? null
  }

  /** Throws `DRK_EXECUTOR_UNUSABLE` when the guardian cannot be started. Repeatable after a failure. */
  start(): Promise<void> {
    this.#starting ??= this.#prepare().catch((error: unknown) => {
      this.#starting = null
      throw error
    })
    return this.#starting
  }

  /** A run before `start()` or after `close()` fails at once. */
  run(task: ExecutorTask, options: RunOptions): Promise<TaskOutcome> {
    if (task.precomputed !== null) return Promise.resolve(this.#runPrecomputed(task))
    const prepared = this.#prepared
    if (prepared === null) return Promise.resolve(neverStarted(task, 'spawn', 'the executor has not been started'))
    if (this.#closing !== null) return Promise.resolve(neverStarted(task, 'cancelled', 'the executor is closed'))
    return this.#track(task, options, prepared.runner)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #prepare(): Promise<void> {
    const runId = this.#givenRunId ?? (await createRunId())
    const swept = await sweepDeadOwners()
    if (swept > 0) this.#logger.warn('executor_orphans_swept', { processes: swept })
    await this.#oomKills.start()
    const guardian = new Guardian({ runId, logger: this.#logger, clock: this.#clock })
    await guardian.start()
    const environment = sharedEnvironment({ settings: this.#config, parent: process.env, runId })
    const runner = new ProcessRunner({
      config: this.#config,
      logger: this.#logger,
      clock: this.#clock,
      spawner: this.#spawner,
      pool: this.#pool,
      observer: this.#observer,
      oomKills: this.#oomKills,
      environment,
      guardian,
    })
    this.#prepared = { runId, guardian, runner }
  }

  async #end(): Promise<void> {
    await this.#starting?.catch((error: unknown) => this.#logger.warn('executor_start_failed', { error: errorMessage(error) }))
    for (const cancellation of this.#runs.keys()) cancellation.cancel()
    await Promise.all(this.#runs.values())
    this.#pool.close()
    if (this.#prepared === null) return
    const escaped = await sweepRun(this.#prepared.runId)
    if (escaped > 0) this.#logger.warn('executor_escapees_killed', { processes: escaped })
    await this.#prepared.guardian.close()
  }

  #track(task: ExecutorTask, options: RunOptions, runner: ProcessRunner): Promise<TaskOutcome> {
    const cancellation = connectCancellation(options.signal, options.admission)
    const run = runner
      .run(task, { ...options, cancellation })
      .catch((error: unknown) => this.#defect(task, error))
      .finally(() => {
        cancellation.disconnect()
        this.#runs.delete(cancellation)
        this.#poolChanged()
      })
    this.#runs.set(cancellation, run)
    this.#poolChanged()
    return run
  }

  #runPrecomputed(task: ExecutorTask): TaskOutcome {
    const outcome = precomputedOutcome(task, task.precomputed ?? {})
    this.#observer.taskStarted({ task, slot: -1, pid: null, precomputed: true })
    this.#observer.taskEnded({ task, slot: -1, outcome, precomputed: true })
    return outcome
  }

  /** Nothing below rejects; if something does, one task fails and the defect is visible. */
  #defect(task: ExecutorTask, error: unknown): TaskOutcome {
    this.#logger.error('executor_defect', { task_id: task.taskId, error: errorMessage(error) })
    const defect = new DrakkarError({ code: 'DRK_INTERNAL', message: errorMessage(error), cause: error })
    return neverStarted(task, 'spawn', `${defect.code}: ${defect.message}`)
  }

  #priorityFailed(): void {
    this.#logger.warn('priority_fn_failed', { reason: 'the priority cannot be compared' })
    this.#observer.priorityIncomparable()
  }

  #poolChanged(): void {
    this.#observer.poolChanged(this.activeCount, this.waitingCount)
  }
}
