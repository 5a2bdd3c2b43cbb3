/** Something to wait at. Open at first. */
import { createDeferred, type Deferred } from '../../runtime/deferred.ts'

export class Gate {
  #waiting: Deferred<void> | null = null

  /** Resolves at once when the gate is open. */
  async opened(): Promise<void> {
    await this.#waiting?.promise
  }

  close(): void {
    this.#waiting ??= createDeferred<void>()
  }

  open(): void {
    this.#waiting?.resolve()
    this.#waiting = null
  }
}
