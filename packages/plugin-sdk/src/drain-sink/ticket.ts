/** A message on its way through a `BackgroundSink`, so that what became of it reaches the payload it belongs to. */

/** Everything written between two calls of `flushDurable`: durable together or not at all. */
export interface FlushRound {
  /** Messages of it whose payloads were answered as delivered. */
  answered: number
  /** Null while nobody knows. */
  outcome: { readonly durable: true } | { readonly durable: false; readonly error: unknown } | null
}

export type TicketState =
  | { readonly state: 'queued' | 'cancelled' }
  | { readonly state: 'written'; readonly round: FlushRound }
  | { readonly state: 'failed'; readonly error: unknown }

/** The tickets of one `deliver`. */
export class TicketGroup<T> {
  readonly tickets: readonly Ticket<T>[]
  /** Resolves when each ticket is written, failed or cancelled. */
  readonly processed: Promise<void>
  #open: number
  #resolve: () => void = () => {}

  constructor(messages: readonly T[]) {
    this.processed = new Promise((resolve) => (this.#resolve = resolve))
    this.#open = messages.length
    this.tickets = messages.map((message) => new Ticket(message, () => this.#settleOne()))
  }

  /** What is not being written is not written any more. */
  cancel(): void {
    for (const ticket of this.tickets) ticket.cancel()
  }

  #settleOne(): void {
    this.#open -= 1
    if (this.#open === 0) this.#resolve()
  }
}

export class Ticket<T> {
  readonly message: T
  #state: TicketState = { state: 'queued' }
  readonly #onEnd: () => void

  constructor(message: T, onEnd: () => void) {
    this.message = message
    this.#onEnd = onEnd
  }

  get state(): TicketState {
    return this.#state
  }

  cancel(): void {
    this.#end({ state: 'cancelled' })
  }

  written(round: FlushRound): void {
    this.#end({ state: 'written', round })
  }

  failed(error: unknown): void {
    this.#end({ state: 'failed', error })
  }

  #end(state: TicketState): void {
    if (this.#state.state !== 'queued') return
    this.#state = state
    this.#onEnd()
  }
}
