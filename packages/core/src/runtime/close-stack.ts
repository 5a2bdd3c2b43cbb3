/** What was opened, closed in reverse order; one failing step does not stop the others (spec APP-3, APP-9). */
import type { AppLogger } from '../observability/logger.ts'

interface Step {
  readonly name: string
  readonly close: () => Promise<void>
}

/** Waits for the work of one step, as long as that may take: true when it has ended. */
export interface StepLimit {
  step(work: Promise<unknown>): Promise<boolean>
}

export class CloseStack {
  readonly #steps: Step[] = []
  readonly #logger: AppLogger

  constructor(logger: AppLogger) {
    this.#logger = logger
  }

  push(name: string, close: () => Promise<void>): void {
    this.#steps.push({ name, close })
  }

  /** Closes one step out of turn, for an end that cannot wait for the others. */
  async closeStep(name: string, limit: StepLimit): Promise<void> {
    const index = this.#steps.findIndex((step) => step.name === name)
    const [step] = index === -1 ? [] : this.#steps.splice(index, 1)
    if (step !== undefined) await this.#run(step, limit)
  }

  /** Never rejects: failures, and steps that take too long, are logged. A second call finds nothing left to do. */
  async close(limit: StepLimit): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await this.#run(step, limit)
    }
  }

  async #run(step: Step, limit: StepLimit): Promise<void> {
    let failure: unknown = null
    const closed = (async () => step.close())().catch((error: unknown) => {
      failure = error
    })
    const inTime = await limit.step(closed)
    if (!inTime) failure = 'has not ended in time'
    if (failure !== null) this.#logger.error('close_failed', { step: step.name, error: failure })
  }
}
