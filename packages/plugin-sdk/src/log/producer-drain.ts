/** A drain that produces to a log, such as Kafka (spec DRN-22). */
import type { SinkDrain } from '../sink-drain.ts'
import type { LogProducer, ProduceRecord } from './log.ts'

/**
 * Each message becomes one record. `producer` must be connected; the drain closes it. A batch is written when the log has
 * acknowledged it, so it is durable then and there is no further barrier.
 */
export function producerDrain<T>(producer: LogProducer, toRecord: (message: T) => ProduceRecord): SinkDrain<T> {
  return {
    async writeBatch(batch) {
      await producer.send(batch.map(toRecord))
    },
    close: () => producer.close(),
  }
}
