/**
 * A partitioner that gives a record the same partition each time it is asked. kafkajs asks again on every retry; a record
 * without a key would move on, and with idempotence the broker would take the stranger in its place for a repeated copy and
 * drop it. kafkajs also drops a record for a partition that does not exist without a word; here it is an error.
 */
import kafkajs, { type PartitionerArgs } from 'kafkajs'
import { PartitionMissingError } from './classify-error.ts'
import type { RecordMessage } from './request.ts'

export interface StickyPartitioner {
  /** For kafkajs. Throws `PartitionMissingError`. */
  choose(args: PartitionerArgs): number
  /** The partition a record was given, if it was asked for. */
  partitionOf(message: RecordMessage): number | undefined
}

export function createStickyPartitioner(): StickyPartitioner {
  const chooseFresh = kafkajs.Partitioners.DefaultPartitioner()
  const chosen = new WeakMap<object, number>()
  return {
    choose(args) {
      const partition = chosen.get(args.message) ?? chooseFresh(args)
      if (!args.partitionMetadata.some((known) => known.partitionId === partition)) {
        const count = args.partitionMetadata.length
        throw new PartitionMissingError(`Topic ${JSON.stringify(args.topic)} has ${count} partitions, there is no partition ${partition}`)
      }
      chosen.set(args.message, partition)
      return partition
    },
    partitionOf: (message) => chosen.get(message),
  }
}
