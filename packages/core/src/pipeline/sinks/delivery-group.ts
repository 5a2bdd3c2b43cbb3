/**
 * A delivery group: the payloads of one CollectResult for one sink instance. Whatever batches carry its payloads, the
 * group has one retry count, one `onDeliveryError` call per failure and one dead-letter record (design 13).
 */
import type { DeliveryItem, DeliverySource, SinkError } from '@drakkar/plugin-sdk'
import type { SourceMessage } from '../../model/message.ts'
import type { RoutedPayload } from './route.ts'

/** Where a CollectResult came from. */
export interface DeliveryOrigin {
  readonly source: DeliverySource
  /** The messages behind `source`, for the dead-letter record. */
  readonly messages: readonly SourceMessage[]
  readonly taskIds: readonly string[]
  /** Prefix of payload ids: stable over re-execution. */
  readonly idPrefix: string
  /** Aborts when what is in flight is given up: the group then ends unsettled. */
  readonly signal: AbortSignal
}

/** Why the group is there: what the handler returned, what another sink could not take, or what follows a success. */
export type GroupRole = 'primary' | 'fallback' | 'on_success'

/** The end states of a payload, exactly one each (invariant I1). `dropped`: let go by `dlq.on_failure: drop`. */
export type EndState = 'delivered' | 'fallback_delivered' | 'served' | 'skipped' | 'dead_lettered' | 'spooled' | 'dropped'

/** Where a payload is: `leaving` is on its way to the dead-letter log or to another sink. */
export type PayloadStage = 'waiting' | 'in_flight' | 'failed' | 'leaving' | 'ended' | 'abandoned'

export interface GroupPayload {
  readonly original: unknown
  /** Key of the CollectResult list it came in. */
  readonly list: string
  /** Estimate, for `batch.max_bytes`. */
  readonly bytes: number
  /** The line it stands in, null for none (see `Sink.orderingKey`). */
  readonly line: string | null
  /** Its `attempt` grows with every call of the sink. */
  item: DeliveryItem<unknown>
  stage: PayloadStage
  /** Null until it has ended; `handed_over`: its end is the business of the sink that took it over. */
  end: EndState | 'handed_over' | null
  /** Of the last call; null before the first failure. */
  error: SinkError | null
  /** The last failure says something about the sink, not about the payload: it counts for the breaker. */
  blames: boolean
  /** The sink said so of its last failure: trying again changes nothing. */
  isRefused: boolean
}

/** What a lane has to know of a payload: its size, and its line (see `Sink.orderingKey`). */
export interface PayloadMeasure {
  readonly bytes: number
  readonly line: string | null
}

export interface GroupOptions {
  /** Part of the payload ids. */
  readonly sinkPath: string
  readonly role?: GroupRole
  /** Default: nothing weighs anything, and no payload stands in a line. */
  readonly measure?: (payload: unknown) => PayloadMeasure
}

const weightless: PayloadMeasure = { bytes: 0, line: null }
const none: readonly never[] = []

export class DeliveryGroup {
  readonly origin: DeliveryOrigin
  readonly role: GroupRole
  readonly payloads: readonly GroupPayload[]
  /** Payload ids of the handler's own making: the only ones that another group may have too. */
  readonly givenIds: readonly string[]

  constructor(origin: DeliveryOrigin, payloads: readonly RoutedPayload[], { sinkPath, role = 'primary', measure }: GroupOptions) {
    this.origin = origin
    this.role = role
    this.givenIds = payloads.some(({ payloadId }) => payloadId !== null) ? payloads.flatMap(({ payloadId }) => payloadId ?? []) : none
    this.payloads = payloads.map((routed, index) => {
      const { bytes, line } = measure === undefined ? weightless : measure(routed.payload)
      const id = routed.payloadId ?? `${origin.idPrefix}-${sinkPath}-${index}`
      const item = { id, payload: routed.payload, attempt: 0, source: origin.source }
      return {
        original: routed.original,
        list: routed.list,
        bytes,
        line,
        item,
        stage: 'waiting',
        end: null,
        error: null,
        blames: false,
        isRefused: false,
      }
    })
  }

  in(stage: PayloadStage): readonly GroupPayload[] {
    const { payloads } = this
    const [first] = payloads
    // Most groups have one payload.
    if (first !== undefined && payloads.length === 1) return first.stage === stage ? payloads : none
    return payloads.filter((payload) => payload.stage === stage)
  }

  has(stage: PayloadStage): boolean {
    return this.payloads.some((payload) => payload.stage === stage)
  }
}

/** Gives a payload its end. Throws when it has one already: that would be a defect of ours. */
export function endPayload(payload: GroupPayload, end: EndState | 'handed_over'): void {
  if (payload.end !== null) throw new Error(`payload ${payload.item.id} has ended already: ${payload.end}, now ${end}`)
  payload.stage = 'ended'
  payload.end = end
}

/** The lane still has to do something for it. */
export function isOpen({ stage }: GroupPayload): boolean {
  return stage === 'waiting' || stage === 'in_flight' || stage === 'failed'
}

/** What arriving means for payloads of the group. */
export function deliveredAs({ role }: DeliveryGroup): EndState {
  return role === 'fallback' ? 'fallback_delivered' : 'delivered'
}
