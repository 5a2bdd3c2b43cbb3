/**
 * The worker: start-up, run and shutdown in the order of spec section 3. Reads like a table of contents; what each line
 * does is in the file it names.
 */
import { type Clock, ConfigError, errorMessage, type Logger, SinkError, systemClock } from '@drakkar/plugin-sdk'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { configuredInstances } from './config/instances.ts'
import type { DrakkarConfig } from './config/schema.ts'
import { summaryLine } from './config/summary-line.ts'
import type { AnyHandler } from './handler.ts'
import type { AppLogger } from './observability/logger.ts'
import type { PipelineCounters } from './observability/pipeline-counters.ts'
import type { Executor } from './pipeline/executor/executor.ts'
import type { SinkSnapshot } from './pipeline/sinks/sink-manager.ts'
import type { SinkRegistry } from './registry/sink-registry.ts'
import { caughtUp } from './runtime/caught-up.ts'
import { CloseStack } from './runtime/close-stack.ts'
import { EarlyLines } from './runtime/early-lines.ts'
import { checkHandler } from './runtime/load-handler.ts'
import { prepareApp, type Prepared, type PrepareOptions } from './runtime/prepare-app.ts'
import { forcedExitCodes, listenForSignals, type StopSignal } from './runtime/process-signals.ts'
import { startWorker, type Worker } from './runtime/start-worker.ts'
import { StopBudget } from './runtime/stop-budget.ts'
import { effectiveConfig } from './runtime/unavailable-settings.ts'

export interface DrakkarAppOptions extends PrepareOptions {
  readonly handler: AnyHandler
  /** A ready configuration (from `loadConfig`): neither file nor environment is read. */
  readonly config?: DrakkarConfig
  /** Default: `DRAKKAR_CONFIG`, else defaults and environment. */
  readonly configPath?: string
  /** Folder at or below the application's package.json, whose sinks are found. Default: that of the configuration file. */
  readonly appRoot?: string
  /** Default: discovered from `appRoot`. */
  readonly registry?: SinkRegistry
  /** Wins over the variable named by `worker_name_env`. */
  readonly workerId?: string
  /** Default: as `logging` says. */
  readonly logger?: AppLogger
  /** Instead of the log the configuration names; the app does not close it. */
  readonly log?: MessageLog
  /** Runs the tasks instead of the process executor; the app closes it. */
  readonly executor?: Executor
  /**
   * `stopped` (default): run until `stop()` or a signal. `caught_up`: also stop when everything that was in the topic
   * at the start is committed.
   */
  readonly until?: 'stopped' | 'caught_up'
  /** Default true: SIGINT and SIGTERM stop the worker. */
  readonly handleSignals?: boolean
  readonly clock?: Clock
  /** For the jitter of waits, in [0, 1). Default: `Math.random`. */
  readonly random?: () => number
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
  /** Records that wait for the dead-letter log to take them; their messages are uncommitted. */
  readonly deadLettersBlocked: number
  /** Records in the spool (`dlq.spool_dir`) that are not sent yet. */
  readonly spoolEntries: number
  readonly partitions: readonly number[]
  readonly queued: number
  readonly inFlightTasks: number
  readonly activeExecutors: number
  readonly waitingTasks: number
  /** Messages that wait and tasks under way, as backpressure counts them (spec SRC-10). */
  readonly totalQueued: number
  /** Bytes of messages, and of results that are kept, that are not settled yet. */
  readonly bufferedBytes: number
  /** Seconds of executors without a task while messages waited to be arranged, added up over executors. */
  readonly executorIdleSlotSeconds: number
  /** Seconds in which nothing was queued or in flight and the source had nothing to deliver. */
  readonly consumerIdleSeconds: number
  readonly paused: boolean
  /** Sinks that want the source to rest: `<type>/<name>:queue` or `<type>/<name>:circuit`. */
  readonly throttles: readonly string[]
}

export class DrakkarApp {
  readonly #options: DrakkarAppOptions
  readonly #clock: Clock
  readonly #stop = new AbortController()
  readonly #forced = new AbortController()
  #running: Worker | null = null
  #reason: RunSummary['reason'] = 'stopped'
  #forcedBy: StopSignal | null = null

  /** Throws `ConfigError` (`DRK_HANDLER_INVALID`) for what is no handler. */
  constructor(options: DrakkarAppOptions) {
    this.#options = { ...options, handler: checkHandler(options.handler) }
    this.#clock = options.clock ?? systemClock
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
   * The SERVE answer with this request id, null when there is none or it has expired (spec NMF-16). Rejects with a `SinkError`
   * when the store cannot be asked, or when the worker is not running.
   */
  async served(requestId: string, options: { readonly signal: AbortSignal }): Promise<Uint8Array | null> {
    if (this.#running === null) throw new SinkError({ kind: 'transient', message: 'the worker is not running' })
    return this.#running.served(requestId, options.signal)
  }

  /**
   * Runs until stopped. Rejects with a `ConfigError` before anything is opened, with the error of start-up after
   * everything already opened is closed again, and with the error of the log when that ends by itself.
   */
  async run(): Promise<RunSummary> {
    const early = new EarlyLines()
    const removeListeners = this.#options.handleSignals === false ? () => undefined : this.#listenForSignals(early)
    try {
      const prepared = await this.#prepare(early)
      if (prepared === null) return this.#stoppedEarly()
      const closers = new CloseStack(prepared.logger)
      try {
        const forced = aborted(this.#forced.signal).then(() => null)
        // Killing what a drain waits for ends the drain: once the end is forced, how that one ends does not count.
        return (await Promise.race([this.#runAndClose(prepared, closers), forced])) ?? (await this.#forcedEnd(prepared, closers))
      } finally {
        prepared.closeLogger()
      }
    } finally {
      removeListeners()
    }
  }

  /** Null when a stop came first. */
  async #prepare(early: EarlyLines): Promise<Prepared | null> {
    const stop = this.#stop.signal
    try {
      return await prepareApp(this.#options, { early, stop })
    } catch (error) {
      if (!stop.aborted) throw error
      return null
    }
  }

  #stoppedEarly(): RunSummary {
    return { exitCode: 0, reason: this.#reason }
  }

  async #runAndClose(prepared: Prepared, closers: CloseStack): Promise<RunSummary> {
    try {
      return await this.#runToEnd(prepared, closers)
    } finally {
      await closers.close(this.#stopBudget(prepared.config))
    }
  }

  async #runToEnd(prepared: Prepared, closers: CloseStack): Promise<RunSummary> {
    const { config, worker, logger, sinkShortNames } = prepared
    logger.info('drakkar_starting', { summary: summaryLine(effectiveConfig(config), { ...worker, sinkShortNames }) })
    if (configuredInstances(config).length === 0) {
      throw new ConfigError({ code: 'DRK_CONFIG_NO_SINKS', message: 'No sinks configured: add at least one instance under `sinks`' })
    }
    const running = await this.#start(prepared, closers)
    if (running === null) return this.#stoppedEarly()
    const failure = await this.#untilEnd(running, logger)
    if (failure !== null) logger.critical('drakkar_failed', { error: failure })
    logger.info('drakkar_shutting_down', { reason: this.#reason })
    const budget = this.#stopBudget(config)
    const drained = await running.shutdown(budget)
    await closers.close(budget)
    logger.info('drakkar_stopped', { drained })
    if (failure !== null) throw failure
    return { exitCode: drained ? 0 : 5, reason: this.#reason }
  }

  #stopBudget({ executor }: DrakkarConfig): StopBudget {
    return new StopBudget(this.#clock, executor.drain_timeout_seconds * 1000)
  }

  /** Null when a stop came before the start was complete (spec APP-4). */
  async #start(prepared: Prepared, closers: CloseStack): Promise<Worker | null> {
    const stop = this.#stop.signal
    try {
      stop.throwIfAborted()
      this.#running = await startWorker({ ...this.#options, ...prepared, clock: this.#clock, stop, closers })
      return this.#running
    } catch (error) {
      if (!stop.aborted) throw error
      prepared.logger.info('start_up_aborted', { error: errorMessage(error) })
      return null
    }
  }

  /** Waits for the first of: stop, caught up, failure of the log. Resolves with the failure. */
  async #untilEnd(worker: Worker, logger: AppLogger): Promise<Error | null> {
    const over = new AbortController()
    const stopped = aborted(this.#stop.signal).then(() => null)
    const ends: Promise<Error | null>[] = [stopped, worker.failed]
    if (this.#options.until === 'caught_up') ends.push(this.#watchCaughtUp(worker, over.signal, logger))
    const end = await Promise.race(ends)
    over.abort()
    return end
  }

  async #watchCaughtUp(worker: Worker, signal: AbortSignal, logger: AppLogger): Promise<null> {
    const { topic, group } = worker
    const admin = worker.log.admin()
    if (await caughtUp({ admin, topic, group, clock: this.#clock, signal, logger })) this.#reason = 'caught_up'
    await admin.close().catch((error: unknown) => logger.warn('close_failed', { step: 'admin', error }))
    return null
  }

  #listenForSignals(logger: Logger): () => void {
    return listenForSignals({
      onStop: (signal) => {
        logger.info('shutdown_signal_received', { signal })
        this.#reason = 'signal'
        this.stop()
      },
      onForce: (signal) => {
        this.#forcedBy = signal
        this.#forced.abort()
      },
    })
  }

  /** A second signal forces the end: kills every child and waits for nothing else. */
  async #forcedEnd({ logger, config }: Prepared, closers: CloseStack): Promise<RunSummary> {
    const signal = this.#forcedBy ?? 'SIGTERM'
    logger.error('shutdown_forced', { signal })
    await closers.closeStep('executor', this.#stopBudget(config))
    return { exitCode: forcedExitCodes[signal], reason: 'forced' }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
