/** Moves virtual time: whenever nothing can run any more, to the end of the next wait. */
import type { FakeClock } from '@drakkar/plugin-sdk/testing'
import { HandlerTestError } from './handler-test-error.ts'
import type { OutsideWork } from './outside-work.ts'

/** Waits that may end, one after the other, without any progress; and the longest virtual time without one. */
const fruitlessWaits = 10_000
const fruitlessMs = 6 * 3_600_000

export interface DriverPorts {
  readonly clock: FakeClock
  readonly outside: OutsideWork
  /** Throws when the run has failed. */
  check(): void
  /** Grows with everything that brings the run nearer to its end. */
  progress(): number
  /** What is open, for the error of a run that cannot finish. */
  open(): readonly string[]
}

export class Driver {
  readonly #ports: DriverPorts

  constructor(ports: DriverPorts) {
    this.#ports = ports
  }

  /** Resolves when the condition holds. Rejects with a `HandlerTestError` when it never will. `goal` completes "… never came". */
  async drive(goal: string, isOver: () => boolean): Promise<void> {
    const { clock, outside } = this.#ports
    let [progress, sinceMs, waits] = [this.#ports.progress(), clock.monotonicMs(), 0]
    while (!(await this.#isOver(isOver))) {
      if (this.#ports.progress() !== progress) [progress, sinceMs, waits] = [this.#ports.progress(), clock.monotonicMs(), 0]
      waits += 1
      if (waits > fruitlessWaits || clock.monotonicMs() - sinceMs > fruitlessMs) throw this.#stuck(goal)
      // What nobody tracks may still take real time, e.g. reading a file.
      if (!clock.wakeNext() && !(await outside.until(() => isOver() || clock.sleeping > 0))) throw this.#stuck(goal)
    }
  }

  /** Lets so much virtual time pass, whatever happens in it. */
  async advance(ms: number): Promise<void> {
    const { clock, outside } = this.#ports
    const untilMs = clock.monotonicMs() + ms
    do {
      await outside.quiet()
      this.#ports.check()
    } while (clock.wakeNext(untilMs - clock.monotonicMs()))
    await clock.advance(untilMs - clock.monotonicMs())
  }

  async #isOver(isOver: () => boolean): Promise<boolean> {
    await this.#ports.outside.quiet()
    this.#ports.check()
    return isOver()
  }

  #stuck(goal: string): HandlerTestError {
    const seconds = this.#ports.clock.monotonicMs() / 1000
    const open = this.#ports.open().map((line) => `\n  - ${line}`)
    return new HandlerTestError(`${goal} never came; after ${seconds} s of virtual time nothing brings it nearer. Open:${open.join('')}`)
  }
}
