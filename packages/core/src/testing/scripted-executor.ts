/**
 * The process executor with functions for programs: the same slots, priorities, time limits and reading of exits, and no
 * process.
 */
import type { Clock, Logger } from '@drakkar/plugin-sdk'
import type { Awaitable } from '../handler.ts'
import type { ExecutorTask, TaskOutcome } from '../model/task.ts'
import { connectCancellation, type RunCancellation } from '../pipeline/executor/cancellation.ts'
import { ExecutorPool } from '../pipeline/executor/executor-pool.ts'
import type { Executor, RunOptions } from '../pipeline/executor/executor.ts'
import { neverStarted } from '../pipeline/executor/interpret-exit.ts'
import type { ObserverCalls } from '../pipeline/executor/observer.ts'
import { precomputedOutcome } from '../pipeline/executor/precomputed.ts'
import { ProcessRunner } from '../pipeline/executor/process-runner.ts'
import type { ExecutorSettings } from '../pipeline/executor/settings.ts'
import type { ProcessCommand, RunningProcess } from '../pipeline/executor/spawner.ts'
import type { OutsideWork } from './outside-work.ts'
import { ScriptedProcess, type ProgramRun } from './scripted-process.ts'

/** `attempt`: 1 for the first run of the task. */
export type Programs = (task: ExecutorTask, attempt: number) => Awaitable<ProgramRun>

export interface ScriptedExecutorOptions {
  readonly config: ExecutorSettings
  readonly programs: Programs
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: ObserverCalls
  readonly outside: OutsideWork
  /** The function that stands for the programs has thrown. */
  readonly onDefect: (error: unknown) => void
}

const firstPid = 1000

export class ScriptedExecutor implements Executor {
  readonly #options: ScriptedExecutorOptions
  readonly #pool: ExecutorPool
  readonly #attempts = new WeakMap<ExecutorTask, number>()
  readonly #runs = new Set<RunCancellation>()
  #processes = 0
  #isClosed = false

  constructor(options: ScriptedExecutorOptions) {
    this.#options = options
    this.#pool = new ExecutorPool({
      maxExecutors: options.config.max_executors,
      clock: options.clock,
      onIncomparablePriority: () => options.logger.warn('priority_fn_failed', { reason: 'the priority cannot be compared' }),
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

  async start(): Promise<void> {}

  async run(task: ExecutorTask, options: RunOptions): Promise<TaskOutcome> {
    if (task.precomputed !== null) return this.#runPrecomputed(task, task.precomputed)
    if (this.#isClosed) return neverStarted(task, 'cancelled', 'the executor is closed')
    const cancellation = connectCancellation(options.signal, options.admission)
    this.#runs.add(cancellation)
    try {
      return await this.#runnerFor(task).run(task, { ...options, cancellation })
    } finally {
      cancellation.disconnect()
      this.#runs.delete(cancellation)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const run of this.#runs) run.cancel()
    this.#pool.close()
  }

  /** Of its own, because a spawner does not learn whose program it starts. */
  #runnerFor(task: ExecutorTask): ProcessRunner {
    const { config, logger, clock, observer } = this.#options
    return new ProcessRunner({
      config,
      logger,
      clock,
      observer,
      pool: this.#pool,
      environment: {},
      spawner: { spawn: (command) => this.#spawn(task, command) },
      oomKills: { happened: async () => false },
      guardian: { watch: () => undefined, forget: () => undefined },
    })
  }

  async #spawn(task: ExecutorTask, command: ProcessCommand): Promise<RunningProcess> {
    const attempt = (this.#attempts.get(task) ?? 0) + 1
    this.#attempts.set(task, attempt)
    const run = await this.#ask(task, attempt)
    if (run.startError !== undefined) {
      throw Object.assign(new Error(`spawn ${command.file} ${run.startError}`), { code: run.startError })
    }
    this.#processes += 1
    return new ScriptedProcess(firstPid + this.#processes, { run, command, clock: this.#options.clock })
  }

  async #ask(task: ExecutorTask, attempt: number): Promise<ProgramRun> {
    const { programs, outside, onDefect } = this.#options
    try {
      const run = programs(task, attempt)
      return await (run instanceof Promise ? outside.track(`the program of task ${task.taskId}`, run) : run)
    } catch (error) {
      onDefect(error)
      throw error
    }
  }

  #runPrecomputed(task: ExecutorTask, precomputed: NonNullable<ExecutorTask['precomputed']>): TaskOutcome {
    const outcome = precomputedOutcome(task, precomputed)
    this.#options.observer.taskStarted({ task, slot: -1, pid: null, precomputed: true })
    this.#options.observer.taskEnded({ task, slot: -1, outcome, precomputed: true })
    return outcome
  }
}
