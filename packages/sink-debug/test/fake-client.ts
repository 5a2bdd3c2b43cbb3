/** A `TextOutput` that keeps what is written, and fails or hangs on demand. */
import type { TextOutput } from '../src/client.ts'

export class FakeOutput {
  /** One entry per write. */
  readonly writes: string[] = []
  openCount = 0
  nextError: Error | undefined
  #gate: Promise<void> = Promise.resolve()
  #openGate: () => void = () => {}

  get text(): string {
    return this.writes.join('')
  }

  stall(): void {
    this.#gate = new Promise((resolve) => {
      this.#openGate = resolve
    })
  }

  unstall(): void {
    this.#openGate()
  }

  open(): TextOutput {
    this.openCount += 1
    return {
      write: async (text) => {
        await this.#gate
        if (this.nextError !== undefined) throw this.nextError
        this.writes.push(text)
      },
      release: () => {
        this.openCount -= 1
      },
    }
  }
}
