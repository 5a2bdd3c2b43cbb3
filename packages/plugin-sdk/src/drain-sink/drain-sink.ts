/** The sink in front of a drain (spec UNI-4): it queues payloads, and answers when the chosen promise is kept. */
import { BackgroundSink, type BackgroundSinkConfig } from '../background-sink.ts'
import { BaseSink } from '../base-sink.ts'
import { classifyError, classifyThrown } from '../classify.ts'
import { flushFailure } from '../drain-errors.ts'
import { errorMessage, SinkError } from '../errors.ts'
import { redactText } from '../redact.ts'
import { failure, ok, type SinkResponse } from '../response.ts'
import type { SinkDrain } from '../sink-drain.ts'
import type { CallOptions, DeliverCall, DeliveryItem, SinkContext } from '../sink.ts'
import { untilAborted } from '../until-aborted.ts'
import { TicketDrain } from './ticket-drain.ts'
import { type Ticket, TicketGroup } from './ticket.ts'

/** When `deliver` answers: after a durability barrier, after `writeBatch`, or at once. */
export type DrainAck = 'durable' | 'written' | 'queued'

export interface DrainSinkParts<T> {
  readonly ack: DrainAck
  readonly context: SinkContext
  readonly idempotent: boolean
  readonly queue: BackgroundSinkConfig
  open(call: CallOptions): Promise<SinkDrain<T>> | SinkDrain<T>
}

interface OpenDrain<T> {
  readonly tickets: TicketDrain<T>
  readonly background: BackgroundSink<Ticket<T>>
}

export class DrainSink<T> extends BaseSink<T> {
  readonly #parts: DrainSinkParts<T>
  #open: OpenDrain<T> | undefined

  constructor(parts: DrainSinkParts<T>) {
    super(parts.context)
    this.#parts = parts
  }

  protected get opened(): OpenDrain<T> {
    this.assertConnected()
    if (this.#open === undefined) throw new Error('a connected drain sink has a drain')
    return this.#open
  }

  protected override async open(call: CallOptions): Promise<void> {
    const tickets = new TicketDrain(await this.#openDrain(call), this.#parts)
    const { sink: background } = BackgroundSink.spawn(tickets, this.#parts.queue)
    this.#open = { tickets, background }
  }

  protected override async write(batch: readonly DeliveryItem<T>[], { signal }: DeliverCall): Promise<readonly SinkResponse[]> {
    const { background } = this.opened
    const group = new TicketGroup(batch.map((item) => item.payload))
    try {
      for (const ticket of group.tickets) await background.push(ticket, { signal })
      const barrier = await untilAborted(this.#reach(group, background), signal)
      return batch.map(({ id }, index) => this.#answer(id, group.tickets[index], barrier))
    } catch (error) {
      group.cancel()
      throw error
    }
  }

  protected override async release(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.background.close()
  }

  async #openDrain(call: CallOptions): Promise<SinkDrain<T>> {
    try {
      return await this.#parts.open(call)
    } catch (error) {
      if (SinkError.isInstance(error)) throw error
      const { kind } = classifyError(error)
      const message = `The drain could not be opened: ${redactText(errorMessage(error))}`
      throw new SinkError({ kind, code: 'DRK_SINK_CONNECT_FAILED', message, cause: error })
    }
  }

  /** Waits as long as `ack` asks for. The error of the barrier, which may concern the payloads of others. */
  async #reach(group: TicketGroup<T>, background: BackgroundSink<Ticket<T>>): Promise<unknown> {
    switch (this.#parts.ack) {
      case 'durable':
        return background.flush().then(() => null, keepError)
      case 'written':
        await group.processed
        return null
      case 'queued':
        return null
      default:
        return this.#parts.ack satisfies never
    }
  }

  #answer(id: string, ticket: Ticket<T> | undefined, barrier: unknown): SinkResponse {
    if (this.#parts.ack === 'queued') return ok(id)
    const state = ticket?.state
    if (state?.state === 'failed') return failure(id, classifyThrown(state.error))
    if (state?.state !== 'written') return failure(id, notReached(barrier))
    const { outcome } = state.round
    if (outcome?.durable === false) return failure(id, flushFailure([outcome.error]))
    if (outcome === null && this.#parts.ack === 'durable') return failure(id, notReached(barrier))
    state.round.answered += 1
    return ok(id)
  }
}

/** With `ack: 'written'`: answers before the barrier, so it has one. */
export class FlushedDrainSink<T> extends DrainSink<T> {
  /**
   * Rejects when something answered before this call did not become durable; also once more after such a failure, because who was
   * answered while the other flush ran cannot be told from who was not. A failed write was answered, and fails no flush.
   */
  async flush({ signal }: CallOptions): Promise<void> {
    const { background, tickets } = this.opened
    const rounds = tickets.openRounds
    const broken = tickets.takeBroken()
    const barrier = await untilAborted(
      background.flush().then(() => null, keepError),
      signal,
    )
    const missed = rounds.flatMap(({ outcome }) => {
      if (outcome === null) return [notReached(barrier)]
      return outcome.durable ? [] : [outcome.error]
    })
    const errors = [...broken, ...missed]
    if (errors.length > 0) throw flushFailure(errors)
  }
}

function keepError(error: unknown): unknown {
  return error
}

function notReached(barrier: unknown): SinkError {
  if (SinkError.isInstance(barrier)) return barrier
  const message = 'The drain ended before the payload was durable'
  return new SinkError({ kind: 'transient', code: 'DRK_DRAIN_FLUSH_FAILED', message, ambiguous: true })
}
