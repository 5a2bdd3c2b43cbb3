/** kafkajs's consumer events, reduced to what the consumer needs. They arrive synchronously, in the order they happen. */
import type { Consumer } from 'kafkajs'

import { parseOffset } from './kafka-record.ts'

/** None of these may throw: an error travels into kafkajs's fetch loop. */
export interface GroupEvents {
  /** Asked before every fetch. True: kafkajs joins the group again instead. */
  owesJoin(): boolean
  /** A rebalance begins. Also for a coordinator that moved, after which no join need follow. */
  onRebalancing(): void
  onJoin(assigned: readonly number[]): void
  /** kafkajs has left the group and takes no pause or seek until it joins again. */
  onLeft(): void
  /** Why it left; it joins again by itself when `restarts`. */
  onCrash(error: Error, restarts: boolean): void
  /** A batch without a record to deliver was passed over. */
  onEmptyBatch(partition: number, firstOffset: number, lastOffset: number): void
}

export function listenToGroup(consumer: Consumer, topic: string, events: GroupEvents): void {
  const names = consumer.events
  consumer.on(names.FETCH_START, () => {
    if (events.owesJoin()) throw rejoin()
  })
  consumer.on(names.REBALANCING, () => events.onRebalancing())
  consumer.on(names.GROUP_JOIN, ({ payload }) => events.onJoin(payload.memberAssignment[topic] ?? []))
  consumer.on(names.STOP, () => events.onLeft())
  consumer.on(names.CRASH, ({ payload }) => events.onCrash(payload.error, payload.restart))
  consumer.on(names.START_BATCH_PROCESS, ({ payload }) => {
    // Without a first offset everything in the batch was compacted away, and kafkajs goes one offset on.
    const { batchSize, firstOffset, lastOffset, partition } = payload
    if (batchSize === 0) events.onEmptyBatch(partition, parseOffset(firstOffset ?? lastOffset), parseOffset(lastOffset))
  })
}

/**
 * kafkajs has no call for joining again. Its listeners run inside its fetch loop, and this is the error the loop knows as
 * "the group rebalances".
 */
function rejoin(): Error {
  return Object.assign(new Error('joins again by itself, to let partitions go or because the coordinator has moved'), {
    type: 'REBALANCE_IN_PROGRESS',
  })
}
