/**
 * The worker: start-up, run and shutdown in the order of spec section 3. Reads like a table of contents; what each line
 * does is in the file it names.
 */
import { ConfigError, errorMessage, type SourceConnection, type WorkerIdentity } from '@drakkar/plugin-sdk'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { configuredInstances } from './config/instances.ts'
import type { DrakkarConfig } from './config/schema.ts'
import type { AnyHandler } from './handler.ts'
import type { AppLogger } from './observability/logger.ts'
import type { PipelineCounters } from './observability/pipeline-stats.ts'
import type { Executor } from './pipeline/executor/executor.ts'
import type { SinkSnapshot } from './pipeline/sinks/sink-manager.ts'
import type { SinkRegistry } from './registry/sink-registry.ts'
import { caughtUp } from './runtime/caught-up.ts'
import { systemClock, type Clock } from './runtime/clock.ts'
import { CloseStack } from './runtime/close-stack.ts'
import { forcedExitCodes, listenForSignals, type StopSignal } from './runtime/process-signals.ts'
import { startWorker, type Worker } from './runtime/start-worker.ts'
import { workerIdentity } from './runtime/worker-identity.ts'

export interface DrakkarAppOptions {
  readonly handler: AnyHandler
  /** From `loadConfig()`. */
  readonly config: DrakkarConfig
  readonly registry: SinkRegistry
  readonly logger: AppLogger
  /** Wins over the variable named by `worker_name_env`. */
  readonly workerId?: string
  /** Instead of the log the configuration names; the app does not close it. */
  readonly log?: MessageLog
  /**
   * `stopped` (default): run until `stop()` or a signal. `caught_up`: also stop when everything that was in the topic
   * at the start is committed.
   */
  readonly until?: 'stopped' | 'caught_up'
  /** Default true: SIGINT and SIGTERM stop the worker. */
  readonly handleSignals?: boolean
  readonly clock?: Clock
  /** Runs the tasks instead of the process executor. */
  readonly executor?: Executor
  /** Connection that Kafka sinks inherit. */
  readonly sourceConnection?: SourceConnection | null
}

/** How a run ended. */
export interface RunSummary {
  /** 0: drained. 5: something had to be given up and will be processed again. 130, 143: forced by a second signal. */
  readonly exitCode: 0 | 5 | 130 | 143
  readonly reason: 'stopped' | 'caught_up' | 'signal' | 'forced'
}

/** A look at a running worker. */
export interface AppSnapshot {
  readonly counters: PipelineCounters
  readonly sinks: readonly SinkSnapshot[]
  readonly deadLettered: number
  readonly deadLetterFailures: number
  readonly partitions: readonly number[]
  readonly queued: number
  readonly inFlightTasks: number
  readonly activeExecutors: number
  readonly waitingTasks: number
  readonly paused: boolean
}

export class DrakkarApp {
  readonly worker: WorkerIdentity
  readonly #options: DrakkarAppOptions
  readonly #clock: Clock
  readonly #stop = new AbortController()
  readonly #forced = new AbortController()
  #running: Worker | null = null
  #reason: RunSummary['reason'] = 'stopped'
  #forcedBy: StopSignal | null = null

  constructor(options: DrakkarAppOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.worker = workerIdentity(options.config, options.workerId === undefined ? {} : { workerId: options.workerId })
  }

  /** Asks for a graceful stop: what runs is finished, what is queued stays uncommitted. */
  stop(): void {
    this.#stop.abort()
  }

  /** Counters and states of this moment; null before the worker has started. */
  snapshot(): AppSnapshot | null {
    return this.#running?.snapshot() ?? null
  }

  /**
   * Runs until stopped. Rejects when start-up fails (everything already opened is closed again) or when the log ends
   * by itself.
   */
  async run(): Promise<RunSummary> {
    const { config, logger } = this.#options
    if (configuredInstances(config).length === 0) {
      throw new ConfigError({ code: 'DRK_CONFIG_NO_SINKS', message: 'No sinks configured: add at least one instance under `sinks`' })
    }
    const removeListeners = this.#options.handleSignals === false ? () => undefined : this.#listenForSignals()
    const closers = new CloseStack(logger)
    try {
      return await Promise.race([this.#runToEnd(closers), this.#forcedEnd()])
    } finally {
      if (this.#forcedBy === null) await closers.close()
      else await this.#running?.kill()
      removeListeners()
    }
  }

  async #runToEnd(closers: CloseStack): Promise<RunSummary> {
    const { logger } = this.#options
    this.#running = await startWorker({ ...this.#options, clock: this.#clock, worker: this.worker, stop: this.#stop.signal, closers })
    const ended = await this.#untilEnd(this.#running)
    logger.info('drakkar_shutting_down', { reason: this.#reason })
    const drained = await this.#running.shutdown()
    await closers.close()
    logger.info('drakkar_stopped', { drained })
    if (ended !== null) throw ended
    return { exitCode: drained ? 0 : 5, reason: this.#reason }
  }

  /** Waits for the first of: stop, caught up, failure of the log. Resolves with the failure. */
  async #untilEnd(worker: Worker): Promise<Error | null> {
    const over = new AbortController()
    const stopped = new Promise<null>((resolve) => {
      if (this.#stop.signal.aborted) resolve(null)
      this.#stop.signal.addEventListener('abort', () => resolve(null), { once: true })
    })
    const ends: Promise<Error | null>[] = [stopped, worker.failed]
    if (this.#options.until === 'caught_up') ends.push(this.#watchCaughtUp(worker, over.signal))
    const end = await Promise.race(ends)
    over.abort()
    if (end !== null) this.#options.logger.critical('drakkar_failed', { error: end, reason: errorMessage(end) })
    return end
  }

  async #watchCaughtUp(worker: Worker, signal: AbortSignal): Promise<Error | null> {
    const { topic, group } = worker
    const admin = worker.log.admin()
    try {
      if (await caughtUp({ admin, topic, group, clock: this.#clock, signal })) this.#reason = 'caught_up'
      return null
    } catch (error) {
      return error instanceof Error ? error : new Error(errorMessage(error))
    } finally {
      await admin.close()
    }
  }

  #listenForSignals(): () => void {
    return listenForSignals({
      onStop: (signal) => {
        this.#options.logger.info('shutdown_signal_received', { signal })
        this.#reason = 'signal'
        this.stop()
      },
      onForce: (signal) => {
        this.#forcedBy = signal
        this.#forced.abort()
      },
    })
  }

  /** Resolves when a second signal forces the end; commits nothing more. */
  async #forcedEnd(): Promise<RunSummary> {
    await new Promise((resolve) => this.#forced.signal.addEventListener('abort', resolve, { once: true }))
    const signal = this.#forcedBy ?? 'SIGTERM'
    this.#options.logger.error('shutdown_forced', { signal })
    return { exitCode: forcedExitCodes[signal], reason: 'forced' }
  }
}
