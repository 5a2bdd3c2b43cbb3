/** A sink whose answers a test writes, and which tells what happened to it. */
import { Type, type Static } from 'typebox'
import {
  defineSink,
  failure,
  ok,
  SinkError,
  type CallOptions,
  type DeliverResult,
  type DeliveryItem,
  type Sink,
  type SinkCapabilities,
  type SinkDefinition,
  type SinkResponse,
} from '../../src/index.ts'
import { deliveryItem } from '../../src/testing/index.ts'

export const NumberPayload = Type.Object({ n: Type.Number() }, { additionalProperties: false })
export type NumberPayload = Static<typeof NumberPayload>
type Item = DeliveryItem<NumberPayload>

export interface Script {
  readonly idempotent?: boolean
  readonly capabilities?: SinkCapabilities
  readonly members?: Partial<Sink<NumberPayload>>
  /** Default: takes all. */
  deliver?(batch: readonly Item[], signal: AbortSignal): Promise<DeliverResult> | DeliverResult
}

export interface Scripted {
  readonly definition: SinkDefinition<ReturnType<typeof noKeys>, typeof NumberPayload>
  /** The numbers of each `deliver`, in order. */
  readonly deliveries: number[][]
  /** Attempts of each `deliver`. */
  readonly attempts: number[][]
  /** `connect`, `flush`, `check` and `close`, in order. */
  readonly events: string[]
}

const noKeys = () => Type.Object({}, { additionalProperties: false })

export function scripted(script: Script = {}, type = 'scripted'): Scripted {
  const deliveries: number[][] = []
  const attempts: number[][] = []
  const events: string[] = []
  const event = (name: string) => async (): Promise<void> => void events.push(name)
  const definition = defineSink({
    type,
    config: noKeys(),
    payload: NumberPayload,
    idempotent: script.idempotent ?? false,
    capabilities: script.capabilities ?? { batching: true },
    create: () => ({
      connect: event('connect'),
      flush: event('flush'),
      check: event('check'),
      close: event('close'),
      async deliver(batch: readonly Item[], { signal }) {
        deliveries.push(batch.map((item) => item.payload.n))
        attempts.push(batch.map((item) => item.attempt))
        return script.deliver?.(batch, signal)
      },
      ...script.members,
    }),
  })
  return { definition, deliveries, attempts, events }
}

export const items = (...numbers: number[]): readonly Item[] => numbers.map((n) => deliveryItem({ n }, { id: `p${n}` }))

export const again = (batch: readonly Item[]): readonly Item[] => batch.map((item) => ({ ...item, attempt: item.attempt + 1 }))

/** Fails the numbers that are in `bad` now, takes the others. */
export const failing =
  (bad: ReadonlySet<number>, error: string | SinkError = new SinkError({ kind: 'transient', message: 'busy' })) =>
  (batch: readonly Item[]): readonly SinkResponse[] =>
    batch.map(({ id, payload }) => (bad.has(payload.n) ? failure(id, error) : ok(id)))

export const call = (): CallOptions => ({ signal: new AbortController().signal })

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
