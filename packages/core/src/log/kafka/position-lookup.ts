/** What must be known before a newly assigned partition can begin. Tried until it works or nobody wants it any more. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { Logger } from '@drakkar/plugin-sdk'
import { errorMessage } from '@drakkar/plugin-sdk'
import { LogError, type OffsetRange } from '@drakkar/plugin-sdk/log'

import type { ClusterAccess } from './cluster-access.ts'

export interface Positions {
  readonly committed: ReadonlyMap<number, number>
  readonly ranges: ReadonlyMap<number, OffsetRange>
}

export interface PositionLookup {
  readonly access: Pick<ClusterAccess, 'committed' | 'ranges'>
  readonly logger: Logger
  readonly group: string
  readonly topic: string
}

const retryAfterMs = 500

/** Null when `isWanted` became false. Rejects with a `LogError` that is not transient. */
export async function lookUpPositions(lookup: PositionLookup, isWanted: () => boolean): Promise<Positions | null> {
  while (isWanted()) {
    try {
      const [committed, ranges] = await Promise.all([
        lookup.access.committed(lookup.group, lookup.topic),
        lookup.access.ranges(lookup.topic),
      ])
      return isWanted() ? { committed, ranges } : null
    } catch (error) {
      if (!isWanted()) return null
      if (LogError.isInstance(error) && error.kind !== 'transient') throw error
      lookup.logger.warn('kafka_positions_unknown', { topic: lookup.topic, group: lookup.group, error: errorMessage(error) })
      await sleep(retryAfterMs)
    }
  }
  return null
}
