/** One task in the pool: waits for a slot, starts the program, sees it to its end, gives the slot back. */
import type { Clock, Logger } from '@drakkar/plugin-sdk'
import type { ExecutorTask, TaskOutcome } from '../../model/task.ts'
import type { RunCancellation } from './cancellation.ts'
import { buildCommand } from './command.ts'
import type { ExecutorPool, SlotLease } from './executor-pool.ts'
import type { RunOptions } from './executor.ts'
import type { Guardian } from './guardian.ts'
import { interpretExit, neverStarted, spawnFailed } from './interpret-exit.ts'
import type { ObserverCalls } from './observer.ts'
import type { OomKills } from './oom-kills.ts'
import type { ExecutorSettings } from './settings.ts'
import { classifySpawnFailure, type SpawnFailure } from './spawn-failure.ts'
import { SpawnPacer } from './spawn-pacer.ts'
import type { ProcessCommand, RunningProcess, Spawner } from './spawner.ts'
import { superviseProcess } from './supervise.ts'

export interface ProcessRunnerOptions {
  readonly config: ExecutorSettings
  readonly logger: Logger
  readonly clock: Clock
  readonly spawner: Spawner
  readonly pool: ExecutorPool
  readonly observer: ObserverCalls
  readonly oomKills: Pick<OomKills, 'happened'>
  /** Result of `sharedEnvironment()`. */
  readonly environment: Readonly<Record<string, string>>
  readonly guardian: Pick<Guardian, 'watch' | 'forget'>
}

export interface TaskRunOptions extends RunOptions {
  readonly cancellation: RunCancellation
}

interface SlotContext {
  readonly lease: SlotLease
  readonly command: ProcessCommand
  readonly cancellation: RunCancellation
}

const abandonMs = 5000
const startsPerTurn = 8

export class ProcessRunner {
  readonly #options: ProcessRunnerOptions
  readonly #pacer = new SpawnPacer(startsPerTurn)
  #pressureCount = 0
  #lastPressureCode: string | null = null

  constructor(options: ProcessRunnerOptions) {
    this.#options = options
  }

  get pressureCount(): number {
    return this.#pressureCount
  }

  get lastPressureCode(): string | null {
    return this.#lastPressureCode
  }

  async run(task: ExecutorTask, options: TaskRunOptions): Promise<TaskOutcome> {
    const { config: settings, environment, pool } = this.#options
    const { cancellation, priority, defaultPriority = smallestOffset(task) } = options
    const command = buildCommand(task, { settings, environment, traceparent: options.traceparent })
    if (command === null) return neverStarted(task, 'spawn', 'neither the task nor executor.binary_path provides a path')
    let arrival: number | undefined
    for (;;) {
      const lease = await pool.acquire({ priority, defaultPriority, cancellation: cancellation.waiting, arrival })
      if (lease === null) return cancelledWhileWaiting(task)
      try {
        const outcome = await this.#runInSlot(task, { lease, command, cancellation })
        if (outcome !== 'pressure') return outcome
        arrival = lease.arrival
      } finally {
        lease.release()
      }
    }
  }

  async #runInSlot(task: ExecutorTask, context: SlotContext): Promise<TaskOutcome | 'pressure'> {
    const { guardian, pool, observer, clock } = this.#options
    await this.#pacer.admit()
    if (context.cancellation.waiting.isCancelled) return cancelledWhileWaiting(task)
    const { slot } = context.lease
    const startedAtMs = clock.monotonicMs()
    const started = await this.#spawn(context.command, task.binaryPath === null)
    if ('kind' in started) {
      if (started.kind === 'pressure') return this.#pressed(started)
      observer.taskStarted({ task, slot, pid: null, precomputed: false })
      return this.#ended(task, slot, spawnFailed(task, started))
    }
    guardian.watch(started.pid)
    pool.reportStart()
    observer.taskStarted({ task, slot, pid: started.pid, precomputed: false })
    return this.#ended(task, slot, await this.#finish(task, { running: started, cancellation: context.cancellation, startedAtMs }))
  }

  async #spawn(command: ProcessCommand, isConfigured: boolean): Promise<RunningProcess | SpawnFailure> {
    try {
      return await this.#options.spawner.spawn(command)
    } catch (error) {
      return classifySpawnFailure(error, { isConfigured })
    }
  }

  async #finish(task: ExecutorTask, started: Started): Promise<TaskOutcome> {
    const { config, clock, oomKills } = this.#options
    const { running, cancellation } = started
    const { end, stopReason } = await superviseProcess(running, {
      timeoutMs: config.task_timeout_seconds * 1000,
      graceMs: config.kill_grace_seconds * 1000,
      abandonMs,
      clock,
      cancellation: cancellation.whole,
    })
    const durationMs = clock.monotonicMs() - started.startedAtMs
    this.#settleGroup(task, running.pid, end.groupSurvived)
    const isForeignKill = end.signal === 'SIGKILL' && stopReason === null && !end.overflowed
    return interpretExit({
      task,
      pid: running.pid,
      end,
      stopReason,
      durationMs,
      timeoutSeconds: config.task_timeout_seconds,
      maxOutputBytes: config.max_output_bytes,
      wasOutOfMemory: isForeignKill && (await oomKills.happened()),
    })
  }

  /** A group that survives SIGKILL stays watched: its members die with the worker at the latest. */
  #settleGroup(task: ExecutorTask, pid: number, hasSurvived: boolean): void {
    if (hasSurvived) this.#options.logger.error('executor_group_survived', { task_id: task.taskId, pid })
    else this.#options.guardian.forget(pid)
  }

  #pressed({ code, message }: SpawnFailure): 'pressure' {
    const { pool, logger, observer } = this.#options
    pool.reportPressure()
    this.#pressureCount += 1
    this.#lastPressureCode = code
    logger.warn('executor_pressure', { code, reason: message, limit: pool.limit, max_executors: pool.maxExecutors })
    observer.pressure({ code, limit: pool.limit })
    return 'pressure'
  }

  #ended(task: ExecutorTask, slot: number, outcome: TaskOutcome): TaskOutcome {
    this.#options.observer.taskEnded({ task, slot, outcome, precomputed: false })
    return outcome
  }
}

interface Started {
  readonly running: RunningProcess
  readonly cancellation: RunCancellation
  readonly startedAtMs: number
}

/** The default priority (HND-14). */
function smallestOffset(task: ExecutorTask): number {
  const [first = 0, ...others] = task.sourceOffsets
  return others.reduce((smallest, offset) => Math.min(smallest, offset), first)
}

function cancelledWhileWaiting(task: ExecutorTask): TaskOutcome {
  return neverStarted(task, 'cancelled', 'cancelled before it started')
}
