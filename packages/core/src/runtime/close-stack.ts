/** What was opened, closed in reverse order; one failing step does not stop the others (spec APP-3, APP-9). */
import type { AppLogger } from '../observability/logger.ts'

export class CloseStack {
  readonly #steps: { readonly name: string; readonly close: () => Promise<void> }[] = []
  readonly #logger: AppLogger

  constructor(logger: AppLogger) {
    this.#logger = logger
  }

  push(name: string, close: () => Promise<void>): void {
    this.#steps.push({ name, close })
  }

  /** Never rejects: failures are logged. A second call finds nothing left to do. */
  async close(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.close()
      } catch (error) {
        this.#logger.error('close_failed', { step: step.name, error })
      }
    }
  }
}
