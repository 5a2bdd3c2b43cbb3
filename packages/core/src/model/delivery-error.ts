/** A failed delivery of one group, as `onDeliveryError` sees it (spec DLV-5). */
import type { DeliverySource, SinkErrorKind } from '@drakkar/plugin-sdk'

export interface DeliveryError {
  readonly sinkName: string
  readonly sinkType: string
  /** Redacted. */
  readonly error: string
  /** The payloads of the group that failed, as the handler returned them. */
  readonly payloads: readonly unknown[]
  /** Attempts made so far, the first included. */
  readonly attempt: number
  readonly kind: SinkErrorKind
  readonly transient: boolean
  readonly cause: unknown
  readonly source: DeliverySource
}
