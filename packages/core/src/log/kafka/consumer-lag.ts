/** How far a group is behind (spec SRC-21). */
import { classifyError } from './classify-error.ts'
import type { PartitionLedger } from './partition-ledger.ts'
import type { PositionLookup } from './position-lookup.ts'

/** Per partition: end offset − committed offset, nothing committed counting as 0. Never rejects: a failure gives 0. */
export async function consumerLag(lookup: PositionLookup, ledger: PartitionLedger): Promise<ReadonlyMap<number, number>> {
  const { access, logger, group, topic } = lookup
  const { partitions } = ledger
  try {
    const [committed, ranges] = await Promise.all([access.committed(group, topic), access.ranges(topic)])
    const lagOf = (partition: number): number => {
      const settled = ledger.settledUpTo(partition, committed.get(partition) ?? 0)
      return Math.max(0, (ranges.get(partition)?.end ?? 0) - settled)
    }
    return new Map(partitions.map((partition) => [partition, lagOf(partition)]))
  } catch (error) {
    logger.debug('kafka_lag_unknown', { topic, error: classifyError(error, 'lag').message })
    return new Map(partitions.map((partition) => [partition, 0]))
  }
}
