/** A drain of tickets around a drain of messages: tells each ticket what became of its message. */
import { isTransientError } from '../classify.ts'
import type { SinkDrain } from '../sink-drain.ts'
import type { FlushRound, Ticket } from './ticket.ts'

export interface TicketDrainOptions {
  /** May a message be written twice without harm? Then a batch that is refused for good is narrowed down by halves. */
  readonly idempotent: boolean
}

export class TicketDrain<T> implements SinkDrain<Ticket<T>> {
  readonly #drain: SinkDrain<T>
  readonly #idempotent: boolean
  #round: FlushRound = newRound()
  #flushing: FlushRound | null = null
  #broken: unknown[] = []

  constructor(drain: SinkDrain<T>, { idempotent }: TicketDrainOptions) {
    this.#drain = drain
    this.#idempotent = idempotent
  }

  /** The rounds whose outcome nobody knows yet: what is written and not durable is in one of them. */
  get openRounds(): readonly FlushRound[] {
    return this.#flushing === null ? [this.#round] : [this.#flushing, this.#round]
  }

  /**
   * Errors of rounds that failed although payloads of theirs had been answered as delivered; given once. Whoever was answered
   * while that barrier was under way begins the next one, and must hear of it there.
   */
  takeBroken(): readonly unknown[] {
    const broken = this.#broken
    this.#broken = []
    return broken
  }

  /** Rejects with the first error when a message could not be written; its ticket knows as well. */
  async writeBatch(batch: readonly Ticket<T>[]): Promise<void> {
    const failures = await this.#write(batch.filter((ticket) => ticket.state.state === 'queued'))
    if (failures.length > 0) throw failures[0]
  }

  async flushDurable(): Promise<void> {
    const round = this.#round
    this.#round = newRound()
    this.#flushing = round
    try {
      await this.#drain.flushDurable?.()
      round.outcome = { durable: true }
    } catch (error) {
      round.outcome = { durable: false, error }
      if (round.answered > 0) this.#broken.push(error)
      throw error
    } finally {
      this.#flushing = null
    }
  }

  async close(): Promise<void> {
    await this.#drain.close?.()
  }

  async #write(tickets: readonly Ticket<T>[]): Promise<readonly unknown[]> {
    if (tickets.length === 0) return []
    try {
      await this.#drain.writeBatch(tickets.map((ticket) => ticket.message))
    } catch (error) {
      return this.#afterFailure(tickets, error)
    }
    for (const ticket of tickets) ticket.written(this.#round)
    return []
  }

  async #afterFailure(tickets: readonly Ticket<T>[], error: unknown): Promise<readonly unknown[]> {
    if (tickets.length > 1 && this.#idempotent && !isTransientError(error)) {
      const middle = Math.ceil(tickets.length / 2)
      const first = await this.#write(tickets.slice(0, middle))
      return [...first, ...(await this.#write(tickets.slice(middle)))]
    }
    for (const ticket of tickets) ticket.failed(error)
    return [error]
  }
}

function newRound(): FlushRound {
  return { answered: 0, outcome: null }
}
