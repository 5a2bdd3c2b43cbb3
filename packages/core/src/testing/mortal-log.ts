/** A worker's own handle onto the log: cut off when the worker dies, and where the dead-letter log fails on demand. */
import type { ConsumerListener, LogConsumer, LogProducer, MessageLog, ProduceRecord } from '@drakkar/plugin-sdk/log'
import type { WorkerLife } from './worker-life.ts'

export interface MortalLogPorts {
  readonly life: WorkerLife
  /** Why the records cannot be sent, null when they can. */
  refusal(records: readonly ProduceRecord[]): Error | null
  /** They are stored. */
  sent(records: readonly ProduceRecord[]): void
}

export function mortalLog(log: MessageLog, ports: MortalLogPorts): MessageLog {
  return {
    kind: log.kind,
    description: log.description,
    consumer: (options) => mortalConsumer(log.consumer(options), ports.life),
    producer: () => mortalProducer(log.producer(), ports),
    admin: () => log.admin(),
    read: (topic, options) => log.read(topic, options),
    close: () => log.close(),
  }
}

function mortalConsumer(consumer: LogConsumer, life: WorkerLife): LogConsumer {
  return {
    start: (listener, call) => life.run(() => consumer.start(mortalListener(listener, life), call)),
    pause: (partitions) => {
      if (life.isAlive) consumer.pause(partitions)
    },
    resume: (partitions) => {
      if (life.isAlive) consumer.resume(partitions)
    },
    commit: (requests) => life.run(() => consumer.commit(requests)),
    lag: () => life.run(() => consumer.lag()),
    stop: () => life.run(() => consumer.stop()),
  }
}

function mortalListener(listener: ConsumerListener, life: WorkerLife): ConsumerListener {
  const tell = (call: () => void): void => {
    if (life.isAlive) call()
  }
  return {
    onRecords: (partition, records) => tell(() => listener.onRecords(partition, records)),
    onAssign: (assignments) => tell(() => listener.onAssign(assignments)),
    onRevoke: (partitions) => life.run(() => listener.onRevoke(partitions)),
    onLost: (partitions) => tell(() => listener.onLost(partitions)),
    onRebalancing: () => tell(() => listener.onRebalancing()),
    onError: (error) => tell(() => listener.onError(error)),
  }
}

function mortalProducer(producer: LogProducer, { life, refusal, sent }: MortalLogPorts): LogProducer {
  return {
    connect: (call) => life.run(() => producer.connect(call)),
    send: (records) =>
      life.run(async () => {
        const error = refusal(records)
        if (error !== null) throw error
        const stored = await producer.send(records)
        sent(records)
        return stored
      }),
    close: () => life.run(() => producer.close()),
  }
}
