/** Failures scripted by a test: each is used once, in the order given. */
export class MemoryFaults {
  readonly #commits: Error[] = []
  readonly #sends: Error[] = []

  addCommit(error: Error): void {
    this.#commits.push(error)
  }

  addSend(error: Error): void {
    this.#sends.push(error)
  }

  takeCommit(): Error | undefined {
    return this.#commits.shift()
  }

  takeSend(): Error | undefined {
    return this.#sends.shift()
  }
}
