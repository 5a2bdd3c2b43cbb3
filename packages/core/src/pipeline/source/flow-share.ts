/** What one assignment counts for in flow control, so that all of it can be given back at once when the assignment ends. */
import type { FlowControl } from './flow-control.ts'

export class FlowShare {
  readonly #flow: FlowControl
  #units = 0
  #bytes = 0

  constructor(flow: FlowControl) {
    this.#flow = flow
  }

  /** Negative numbers take away. */
  add(units: number, bytes: number): void {
    this.#units += units
    this.#bytes += bytes
    this.#flow.add(units, bytes)
  }

  /** Gives back whatever is still counted. */
  release(): void {
    this.add(-this.#units, -this.#bytes)
  }
}
