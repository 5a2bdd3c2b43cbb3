/**
 * A log that tells when its first records reach the worker and when commits cover all of them: the two moments of a race,
 * seen from outside the worker.
 */
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'

export interface LogObserver {
  onFirstRecords(): void
  /** Once, when commits have been accepted for `messages` records. */
  onAllCommitted(): void
  readonly messages: number
}

/** For topics that are read from offset 0 by one worker. */
export function observedLog(log: MessageLog, observer: LogObserver): MessageLog {
  return {
    kind: log.kind,
    description: log.description,
    consumer: (options) => observedConsumer(log.consumer(options), observer),
    producer: () => log.producer(),
    admin: () => log.admin(),
    read: (topic, options) => log.read(topic, options),
    close: () => log.close(),
  }
}

/** The consumer's part of `observedLog`. */
export function observedConsumer(consumer: LogConsumer, observer: LogObserver): LogConsumer {
  const committed = new Map<number, number>()
  let total = 0
  return {
    start: (listener, call) =>
      consumer.start(
        {
          onRecords: (partition, records) => {
            observer.onFirstRecords()
            listener.onRecords(partition, records)
          },
          onAssign: (assignments) => listener.onAssign(assignments),
          onRevoke: (partitions) => listener.onRevoke(partitions),
          onLost: (partitions) => listener.onLost(partitions),
          onRebalancing: () => listener.onRebalancing(),
          onError: (error) => listener.onError(error),
        },
        call,
      ),
    pause: (partitions) => consumer.pause(partitions),
    resume: (partitions) => consumer.resume(partitions),
    commit: async (requests) => {
      const result = await consumer.commit(requests)
      for (const { partition, offset } of result.committed) {
        total += offset - (committed.get(partition) ?? 0)
        committed.set(partition, offset)
      }
      if (result.committed.length > 0 && total >= observer.messages) observer.onAllCommitted()
      return result
    },
    lag: () => consumer.lag(),
    stop: () => consumer.stop(),
  }
}
