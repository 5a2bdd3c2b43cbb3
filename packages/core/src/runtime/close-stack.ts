/** What was opened, closed in reverse order; one failing step does not stop the others (spec APP-3, APP-9). */
import type { AppLogger } from '../observability/logger.ts'

interface Step {
  readonly name: string
  readonly close: () => Promise<void>
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
  async closeStep(name: string): Promise<void> {
    const index = this.#steps.findIndex((step) => step.name === name)
    const [step] = index === -1 ? [] : this.#steps.splice(index, 1)
    if (step !== undefined) await this.#run(step)
  }

  /** Never rejects: failures are logged. A second call finds nothing left to do. */
  async close(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await this.#run(step)
    }
  }

  async #run(step: Step): Promise<void> {
    try {
      await step.close()
    } catch (error) {
      this.#logger.error('close_failed', { step: step.name, error })
    }
  }
}
