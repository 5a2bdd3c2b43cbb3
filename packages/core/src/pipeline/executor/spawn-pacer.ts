/** Starting a process blocks the event loop for a millisecond or more: a burst is spread over turns of the loop. */

export class SpawnPacer {
  readonly #perTurn: number
  #startsThisTurn = 0
  #turn: Promise<void> | null = null

  constructor(perTurn: number) {
    this.#perTurn = perTurn
  }

  /** Resolves when one more process may be started. */
  async admit(): Promise<void> {
    while (this.#startsThisTurn >= this.#perTurn) await this.#turn
    this.#startsThisTurn += 1
    this.#turn ??= new Promise((resolve) => setImmediate(() => this.#nextTurn(resolve)))
  }

  #nextTurn(resolve: () => void): void {
    this.#turn = null
    this.#startsThisTurn = 0
    resolve()
  }
}
