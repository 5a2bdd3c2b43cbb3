/** `withBatching`: deliveries that come at about the same time share one (spec BSP-3…8, UNI-8). */
import type { TObject, TSchema } from 'typebox'
import { type Clock, systemClock } from '../clock.ts'
import type { SinkDefinition } from '../define-sink.ts'
import { jsonText } from '../json.ts'
import type { DeliverCall, DeliverResult, DeliveryItem, Sink } from '../sink.ts'
import { untilAborted } from '../until-aborted.ts'
import { answersOf } from './answers-of.ts'
import { BatchCaller, sharedCall } from './batch-caller.ts'
import { type BatchLimits, nextBatchSize, type WaitingPayload } from './next-batch.ts'
import { passThrough } from './pass-through.ts'
import { wrapDefinition } from './wrap-definition.ts'

export interface BatchingOptions extends Partial<BatchLimits> {
  /** Batches at once. Default 1 for ordered sinks, 4 otherwise. */
  readonly maxInFlight?: number
  readonly clock?: Pick<Clock, 'monotonicMs' | 'sleep'>
}

/**
 * Gathers the payloads of overlapping `deliver` calls; what arrives while batches are in flight goes with the next one. Defaults:
 * 500 payloads, no limit of bytes, no waiting. Each caller gets the answers for its own payloads; one that gives up takes
 * what has not left with it. `flush` and `close` send a partial batch at once. A payload's bytes are those of `encode`, else of its JSON.
 */
export function withBatching<C extends TObject, S extends TSchema>(
  definition: SinkDefinition<C, S>,
  options: BatchingOptions = {},
): SinkDefinition<C, S> {
  const { maxItems = 500, maxBytes = Infinity, maxWaitMs = 0, clock = systemClock } = options
  const maxInFlight = options.maxInFlight ?? (definition.capabilities.ordered === true ? 1 : 4)
  return wrapDefinition(definition, {
    capabilities: { batching: true },
    wrap: (sink) => new Batcher({ sink, limits: { maxItems, maxBytes, maxWaitMs }, maxInFlight, clock }).wrapped,
  })
}

interface BatcherParts<P> {
  readonly sink: Sink<P>
  readonly limits: BatchLimits
  readonly maxInFlight: number
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>
}

interface Waiting<P> extends WaitingPayload {
  readonly item: DeliveryItem<P>
  readonly caller: BatchCaller<P>
  /** Place in the caller's batch. */
  readonly index: number
}

class Batcher<P> {
  readonly wrapped: Sink<P>
  readonly #parts: BatcherParts<P>
  #waiting: Waiting<P>[] = []
  readonly #inFlight = new Set<Promise<void>>()
  #timer: AbortController | undefined

  constructor(parts: BatcherParts<P>) {
    const { sink } = parts
    const flush = sink.flush?.bind(sink)
    this.#parts = parts
    this.wrapped = passThrough(sink, {
      deliver: (batch, call) => this.#deliver(batch, call),
      ...(flush === undefined ? {} : { flush: (call) => this.#drain(call.signal).then(() => flush(call)) }),
      close: async (call) => {
        try {
          await this.#drain(call.signal)
        } finally {
          await sink.close?.(call)
        }
      },
    })
  }

  async #deliver(batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<DeliverResult> {
    if (batch.length === 0) return
    call.signal.throwIfAborted()
    const caller = new BatchCaller(batch, call)
    const sinceMs = this.#parts.clock.monotonicMs()
    const entries = batch.map((item, index) => ({ id: item.id, item, index, caller, sinceMs, bytes: this.#bytesOf(item.payload) }))
    this.#waiting.push(...entries)
    this.#pump()
    try {
      return await untilAborted(caller.answered, call.signal)
    } catch (error) {
      this.#waiting = this.#waiting.filter((entry) => entry.caller !== caller)
      caller.giveUp()
      throw error
    }
  }

  /** Sends what may leave now, and sets the timer for what may leave later. */
  #pump(): void {
    const { limits, maxInFlight, clock } = this.#parts
    while (this.#inFlight.size < maxInFlight) {
      const size = nextBatchSize(this.#waiting, limits, clock.monotonicMs())
      if (size === 0) break
      this.#send(this.#waiting.splice(0, size))
    }
    this.#setTimer()
  }

  #send(entries: readonly Waiting<P>[]): void {
    const sending = this.#sendAll(entries).finally(() => {
      this.#inFlight.delete(sending)
      this.#pump()
    })
    this.#inFlight.add(sending)
  }

  async #sendAll(entries: readonly Waiting<P>[]): Promise<void> {
    const byId = new Map(entries.map((entry) => [entry.id, entry]))
    const { call, release } = sharedCall(new Set(entries.map((entry) => entry.caller)), (id) => byId.get(id)?.caller)
    const items = entries.map((entry) => entry.item)
    const answers = await answersOf(this.#parts.sink, items, call)
    release()
    for (const [id, answer] of answers) {
      const entry = byId.get(id)
      entry?.caller.answer(entry.index, answer)
    }
  }

  #setTimer(): void {
    const [oldest] = this.#waiting
    this.#timer?.abort()
    this.#timer = undefined
    if (oldest === undefined || this.#inFlight.size >= this.#parts.maxInFlight) return
    const { clock, limits } = this.#parts
    const timer = new AbortController()
    this.#timer = timer
    void clock.sleep(oldest.sinceMs + limits.maxWaitMs - clock.monotonicMs(), timer.signal).then(() => {
      if (!timer.signal.aborted) this.#pump()
    })
  }

  /** Sends what waits now without waiting for more. Resolves when it, and what was under way, is answered or given up. */
  async #drain(signal: AbortSignal): Promise<void> {
    this.#waiting = this.#waiting.map((entry) => ({ ...entry, sinceMs: -Infinity }))
    const answers = [...new Set(this.#waiting.map((entry) => entry.caller))].map((caller) => caller.answered)
    this.#pump()
    await untilAborted(Promise.all([...this.#inFlight, ...answers]), signal)
  }

  #bytesOf(payload: P): number {
    if (this.#parts.limits.maxBytes === Infinity) return 0
    const { sink } = this.#parts
    try {
      return sink.encode?.(payload).body.byteLength ?? Buffer.byteLength(jsonText(payload))
    } catch {
      // It cannot be encoded: its delivery says why.
      return 0
    }
  }
}
