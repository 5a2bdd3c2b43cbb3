/** Pure: where a partition begins. kafkajs would decide by itself and commit −1 or −2 on the way, so it is never asked. */
import type { ConsumerOptions, OffsetRange } from '@drakkar/plugin-sdk/log'

export interface StartPosition {
  readonly next: number
  /** The offset that was wanted does not exist. With the policy `stop` the partition then stays silent. */
  readonly outOfRange: boolean
}

type Policies = Pick<ConsumerOptions, 'offsetReset' | 'onOffsetOutOfRange'>

/** `wanted`: the committed offset, or where a consumer was; null when there is none. */
export function startPosition(wanted: number | null, range: OffsetRange, policies: Policies): StartPosition {
  if (wanted === null) return { next: policies.offsetReset === 'earliest' ? range.start : range.end, outOfRange: false }
  if (wanted >= range.start && wanted <= range.end) return { next: wanted, outOfRange: false }
  switch (policies.onOffsetOutOfRange) {
    case 'stop':
      return { next: wanted, outOfRange: true }
    case 'earliest':
      return { next: range.start, outOfRange: true }
    case 'latest':
      return { next: range.end, outOfRange: true }
  }
}
