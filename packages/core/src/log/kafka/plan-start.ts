/** Pure: the positions of newly assigned partitions. */
import type { ConsumerOptions, LogError } from '@drakkar/plugin-sdk/log'

import { offsetOutOfRange } from '../log-errors.ts'
import type { Positions } from './position-lookup.ts'
import { startPosition } from './start-position.ts'

export interface PlannedStart {
  readonly partition: number
  readonly committed: number | null
  readonly next: number
  /** Nothing is to be fetched: the next offset does not exist and the policy is `stop`. */
  readonly silent: boolean
  /** To be reported when the committed offset does not exist. */
  readonly error: LogError | null
}

export function planStart(partitions: readonly number[], positions: Positions, options: ConsumerOptions): readonly PlannedStart[] {
  const { topic, onOffsetOutOfRange: policy } = options
  return partitions.map((partition) => {
    const committed = positions.committed.get(partition) ?? null
    const range = positions.ranges.get(partition) ?? { start: 0, end: 0 }
    const { next, outOfRange } = startPosition(committed, range, options)
    const error = outOfRange ? offsetOutOfRange({ topic, partition, next: committed ?? 0, ...range, policy }) : null
    return { partition, committed, next, silent: outOfRange && policy === 'stop', error }
  })
}
