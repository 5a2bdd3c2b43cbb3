/** What happens when a partition's next offset does not exist any more: retention or truncation overtook its consumer. */
import type { ConsumerListener, ConsumerOptions } from '@drakkar/plugin-sdk/log'

import { offsetOutOfRange } from '../log-errors.ts'
import type { PartitionFlow } from './partition-flow.ts'
import type { PartitionLedger } from './partition-ledger.ts'
import { lookUpPositions, type PositionLookup } from './position-lookup.ts'
import { startPosition } from './start-position.ts'

export interface RangeRecoveryOptions {
  readonly options: ConsumerOptions
  readonly ledger: PartitionLedger
  readonly flow: PartitionFlow
  readonly lookup: PositionLookup
  readonly listener: ConsumerListener
  /** While kafkajs takes pauses and seeks. */
  readonly isMember: () => boolean
  readonly guarded: (work: () => void) => void
}

export class RangeRecovery {
  readonly #options: RangeRecoveryOptions

  constructor(options: RangeRecoveryOptions) {
    this.#options = options
  }

  /** Silences the partition at once; resolves when its new position is settled. Rejects with a `LogError`. */
  async recover(partition: number): Promise<void> {
    const { ledger, flow, lookup, isMember } = this.#options
    const owned = ledger.get(partition)
    if (owned === undefined || owned.silent || !isMember()) return
    owned.silent = true
    flow.stopFetching([partition])
    const isWanted = (): boolean => ledger.get(partition) === owned
    const positions = await lookUpPositions(lookup, isWanted)
    const range = positions?.ranges.get(partition)
    if (range !== undefined) this.#settle(partition, range)
  }

  #settle(partition: number, range: { readonly start: number; readonly end: number }): void {
    const { options, ledger, flow, listener, isMember, guarded } = this.#options
    const { topic, onOffsetOutOfRange: policy } = options
    const owned = ledger.get(partition)
    if (owned === undefined) return
    const start = startPosition(owned.next, range, options)
    const error = offsetOutOfRange({ topic, partition, next: owned.next, ...range, policy })
    owned.next = start.next
    owned.silent = start.outOfRange && policy === 'stop'
    guarded(() => {
      if (start.outOfRange) listener.onError(error)
      if (isMember()) flow.restore([partition])
    })
  }
}
