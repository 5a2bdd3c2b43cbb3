/** Runs the handler's periodic tasks beside the pipeline, each in a loop of its own (spec section 27). */
import type { Clock } from '@drakkar/plugin-sdk'
import type { AnyHandler, HookContext, SinkHandles } from '../handler.ts'
import type { AppLogger } from '../observability/logger.ts'
import { abortable } from '../runtime/abortable.ts'
import { readPeriodic, type NamedPeriodicTask } from './read-periodic.ts'

export interface PeriodicTasksOptions {
  readonly handler: AnyHandler
  readonly sinks: SinkHandles
  readonly clock: Clock
  readonly logger: AppLogger
}

export class PeriodicTasks {
  readonly #options: PeriodicTasksOptions
  readonly #logger: AppLogger
  readonly #stopped = new AbortController()
  readonly #givenUp = new AbortController()
  readonly #running = new Set<string>()
  #loops: readonly Promise<void>[] = []

  constructor(options: PeriodicTasksOptions) {
    this.#options = options
    this.#logger = options.logger.child({ category: 'periodic' })
  }

  /** Names of the tasks whose run is in progress. */
  get running(): readonly string[] {
    return [...this.#running]
  }

  /** Once: the first run of each task comes one interval from now. */
  start(): void {
    const { tasks, unreadable } = readPeriodic(this.#options.handler)
    if (unreadable.length > 0) this.#logger.warn('periodic_task_unreadable', { names: unreadable })
    this.#loops = tasks.map((named) => this.#loop(named))
  }

  /** No run begins any more. */
  stop(): void {
    this.#stopped.abort()
  }

  /** Resolves when no run is in progress and, after `stop`, none will be. */
  async idle(): Promise<void> {
    await Promise.all(this.#loops)
  }

  /** Aborts the signal of the runs in progress; nobody waits for them any more. */
  giveUp(): void {
    this.stop()
    this.#givenUp.abort()
  }

  async #loop(named: NamedPeriodicTask): Promise<void> {
    const { name, task } = named
    this.#logger.info('periodic_task_started', { name, seconds: task.seconds })
    for (;;) {
      await this.#options.clock.sleep(task.seconds * 1000, this.#stopped.signal)
      if (this.#stopped.signal.aborted) return
      const ok = await this.#run(named)
      if (!ok && task.onError === 'stop') {
        this.#logger.error('periodic_task_stopped', { name })
        return
      }
    }
  }

  /** False: it threw. */
  async #run({ name, task }: NamedPeriodicTask): Promise<boolean> {
    const { signal } = this.#givenUp
    this.#running.add(name)
    try {
      await abortable(Promise.resolve(task.run.call(this.#options.handler, this.#context(name))), signal)
      return true
    } catch (error) {
      if (!signal.aborted) this.#logger.error('periodic_task_failed', { name, error })
      return signal.aborted
    } finally {
      this.#running.delete(name)
    }
  }

  #context(name: string): HookContext {
    return { signal: this.#givenUp.signal, sinks: this.#options.sinks, logger: this.#logger.child({ hook: 'periodic', name }) }
  }
}
