/** A sink that records what arrives and fails on demand. */
import { defineSink, type DeliverResult, type DeliveryItem } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'

declare module '@drakkar/plugin-sdk' {
  interface SinkPayloadMap {
    record: { data: unknown }
    slow: { data: unknown }
    fast: { data: unknown }
  }
}

export interface RecordedPayload {
  readonly id: string
  readonly data: unknown
  readonly attempt: number
  readonly offsets: readonly number[]
  readonly partition: number
}

export interface Recorder {
  readonly delivered: RecordedPayload[]
  /** Every `deliver` call: the number of its payloads. */
  readonly calls: number[]
  flushes: number
  closes: number
  /** Replaces the normal answer; throw to fail the whole batch. */
  script: (
    items: readonly DeliveryItem<{ data: unknown }>[],
    call: number,
    signal: AbortSignal,
  ) => DeliverResult | 'normal' | Promise<DeliverResult | 'normal'>
}

export interface RecordSinkOptions {
  readonly type?: string
  readonly idempotent?: boolean
  readonly batching?: boolean
  readonly ordered?: boolean
  readonly flush?: () => Promise<void>
  readonly connect?: () => Promise<void>
}

export function createRecorder(): Recorder {
  return { delivered: [], calls: [], flushes: 0, closes: 0, script: () => 'normal' }
}

export function recordSink(recorder: Recorder, options: RecordSinkOptions = {}) {
  return defineSink({
    type: options.type ?? 'record',
    config: Type.Object({}, { additionalProperties: false }),
    payload: Type.Object({ data: Type.Unknown() }, { additionalProperties: false }),
    idempotent: options.idempotent ?? false,
    capabilities: { batching: options.batching ?? true, ordered: options.ordered ?? true },
    create: () => ({
      async deliver(items, call) {
        recorder.calls.push(items.length)
        const answer = await recorder.script(items, recorder.calls.length, call.signal)
        if (answer === 'normal' || answer === undefined) {
          recorder.delivered.push(...items.map(recorded))
          return undefined
        }
        const accepted = (id: string) =>
          answer
            .filter((response) => response.id === id)
            .map(({ status }) => status)
            .join()
            .match(/^(ok|on_success)$/) !== null
        recorder.delivered.push(...items.filter(({ id }) => accepted(id)).map(recorded))
        return answer
      },
      ...(options.flush === undefined ? {} : { flush: options.flush }),
      ...(options.connect === undefined ? {} : { connect: options.connect }),
      async close() {
        recorder.closes += 1
      },
    }),
  })
}

function recorded(item: DeliveryItem<{ data: unknown }>): RecordedPayload {
  return { id: item.id, data: item.payload.data, attempt: item.attempt, offsets: item.source.offsets, partition: item.source.partition }
}
