/** The line between a worker and everything outside it. Once it is cut, nothing gets through: the worker is dead, whatever its code does. */
import type { Clock } from '@drakkar/plugin-sdk'
import type { Executor } from '../pipeline/executor/executor.ts'

export class WorkerLife {
  #isAlive = true

  get isAlive(): boolean {
    return this.#isAlive
  }

  end(): void {
    this.#isAlive = false
  }

  /** Does the work and settles with it; once the worker is dead, neither. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#isAlive ? this.guard(work()) : never()
  }

  /** Settles as the work does, but never after the worker's end. */
  async guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } finally {
      if (!this.#isAlive) await never()
    }
  }
}

export function never<T>(): Promise<T> {
  return new Promise(() => undefined)
}

/** A clock whose sleeps do not end for a dead worker. */
export function mortalClock(clock: Clock, life: WorkerLife): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => life.guard(clock.sleep(ms, signal)),
  }
}

/** An executor a dead worker hears nothing of. */
export function mortalExecutor(executor: Executor, life: WorkerLife): Executor {
  return {
    get maxExecutors() {
      return executor.maxExecutors
    },
    get activeCount() {
      return executor.activeCount
    },
    get waitingCount() {
      return executor.waitingCount
    },
    start: () => life.run(() => executor.start()),
    run: (task, options) => life.run(() => executor.run(task, options)),
    close: () => life.run(() => executor.close()),
  }
}
