/**
 * A delivery group: the payloads of one CollectResult for one sink instance. Whatever batch carries its payloads, the
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

export interface GroupPayload {
  readonly item: DeliveryItem<unknown>
  readonly original: unknown
}

export class DeliveryGroup {
  readonly origin: DeliveryOrigin
  /** Payload ids of the handler's own making: the only ones that another group may have too. */
  readonly givenIds: readonly string[]
  /** Calls of `deliver` so far, fast retries not counted. */
  attempts = 0
  /** What has not reached an end state yet. */
  #open: GroupPayload[]

  constructor(origin: DeliveryOrigin, payloads: readonly RoutedPayload[], sinkPath: string) {
    this.origin = origin
    this.givenIds = payloads.flatMap(({ payloadId }) => payloadId ?? [])
    this.#open = payloads.map((routed, index) => ({
      original: routed.original,
      item: {
        id: routed.payloadId ?? `${origin.idPrefix}-${sinkPath}-${index}`,
        payload: routed.payload,
        attempt: 0,
        source: origin.source,
      },
    }))
  }

  get open(): readonly GroupPayload[] {
    return this.#open
  }

  /** Keeps only the payloads that failed, in their order, ready for the next attempt. */
  keepFailed(failures: ReadonlyMap<string, SinkError>): void {
    this.#open = this.#open
      .filter(({ item }) => failures.has(item.id))
      .map(({ item, original }) => ({ original, item: { ...item, attempt: item.attempt + 1 } }))
  }

  /** Every remaining payload has reached an end state. Returns how many there were. */
  settleAll(): number {
    const count = this.#open.length
    this.#open = []
    return count
  }
}
