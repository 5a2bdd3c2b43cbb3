/** One worker process of a run: a `DrakkarApp` as in production, with everything outside it in memory, and a life that can end. */
import type { Clock } from '@drakkar/plugin-sdk'
import { DrakkarApp, type RunSummary } from '../app.ts'
import { sourceNames } from '../config/source-names.ts'
import type { MemoryLog } from '../log/memory/memory-log.ts'
import { guardObserver } from '../pipeline/executor/observer.ts'
import type { Executor } from '../pipeline/executor/executor.ts'
import { createProcessExecutor } from '../pipeline/executor/process-executor.ts'
import type { DrakkarConfig } from '../config/schema.ts'
import { deadLettered, type DeadLettered } from './dead-lettered.ts'
import type { ExecutionRecord } from './execution-record.ts'
import { memoryRegistry, type MemorySinkPorts } from './memory-sinks.ts'
import { mortalLog } from './mortal-log.ts'
import type { OutsideWork } from './outside-work.ts'
import type { RecordingAppLogger } from './recording-app-logger.ts'
import { type Programs, ScriptedExecutor } from './scripted-executor.ts'
import type { PlannedType } from './sink-plan.ts'
import { watchedHandler } from './watched-handler.ts'
import { mortalClock, mortalExecutor, WorkerLife } from './worker-life.ts'

export interface SimulatedWorkerOptions extends Pick<MemorySinkPorts, 'answers' | 'handles' | 'failureOf' | 'arrived'> {
  /** 1 for the first of the run. */
  readonly number: number
  readonly handler: unknown
  readonly config: DrakkarConfig
  readonly sinkTypes: readonly PlannedType[]
  readonly programs: Programs | 'real'
  readonly log: MemoryLog
  readonly clock: Clock
  readonly random: () => number
  readonly logger: RecordingAppLogger
  readonly outside: OutsideWork
  readonly executions: ExecutionRecord
  /** Why a send to this topic fails, null when it does not. */
  readonly sendRefusal: (topic: string) => Error | null
  readonly onDeadLetter: (letter: DeadLettered) => void
  /** The test's own code has failed. */
  readonly onDefect: (error: unknown) => void
}

export type WorkerEnd = { readonly summary: RunSummary } | { readonly error: unknown }

export class SimulatedWorker {
  readonly app: DrakkarApp
  readonly #life = new WorkerLife()
  readonly #options: SimulatedWorkerOptions
  readonly #log: MemoryLog
  readonly #executor: Executor
  #end: WorkerEnd | null = null

  /** Throws what a start throws before anything is opened. */
  constructor(options: SimulatedWorkerOptions) {
    this.#options = options
    this.#log = options.log.handle()
    this.#executor = this.#createExecutor()
    this.app = this.#createApp()
  }

  get isAlive(): boolean {
    return this.#life.isAlive
  }

  /** Null while it runs. */
  get end(): WorkerEnd | null {
    return this.#end
  }

  start(): void {
    this.app.run().then(
      (summary) => (this.#end = { summary }),
      (error: unknown) => (this.#end = { error }),
    )
  }

  /** As SIGKILL. The group notices only when `release` is called. */
  kill(): void {
    this.#life.end()
    this.#options.executions.killed()
    this.#options.outside.clear()
  }

  /** What the operating system and the broker clear away behind a dead worker. */
  async release(): Promise<void> {
    await this.#executor.close()
    await this.#log.close()
  }

  #createApp(): DrakkarApp {
    const life = this.#life
    const { handler, outside, config, sinkTypes, clock, random, logger, number } = this.#options
    const { deadLetterTopic } = sourceNames(config)
    return new DrakkarApp({
      handler: watchedHandler(handler, { life, outside }),
      config,
      registry: memoryRegistry(sinkTypes, { ...this.#options, life }),
      log: mortalLog(this.#log, {
        life,
        refusal: ([first]) => (first === undefined ? null : this.#options.sendRefusal(first.topic)),
        sent: (records) => {
          const letters = records.filter(({ topic }) => topic === deadLetterTopic)
          for (const { value } of letters) this.#options.onDeadLetter(deadLettered(value))
        },
      }),
      executor: mortalExecutor(this.#executor, life),
      clock: mortalClock(clock, life),
      random,
      logger,
      workerId: `test-worker-${number}`,
      handleSignals: false,
    })
  }

  #createExecutor(): Executor {
    const { programs, config, clock, outside, executions, onDefect } = this.#options
    const logger = this.#options.logger.child({ category: 'executor' })
    if (programs !== 'real') {
      const observer = guardObserver(executions, logger)
      return new ScriptedExecutor({
        config: config.executor,
        programs,
        clock: mortalClock(clock, this.#life),
        logger,
        observer,
        outside,
        onDefect,
      })
    }
    const executor = createProcessExecutor({ config: config.executor, logger, observer: executions })
    const run: Executor['run'] = (task, options) =>
      outside.track(`the program of task ${task.taskId}`, executor.run(task, options), 'endless')
    return {
      maxExecutors: executor.maxExecutors,
      get activeCount() {
        return executor.activeCount
      },
      get waitingCount() {
        return executor.waitingCount
      },
      start: () => outside.track('the start of the executor', executor.start(), 'endless'),
      run,
      close: () => outside.track('the end of the executor', executor.close(), 'endless'),
    }
  }
}
