/** Memory logs with one fault each, to prove that the conformance suite finds it. */
import type {
  ConsumerListener,
  ConsumerOptions,
  LogAdmin,
  LogConsumer,
  LogProducer,
  LogRecord,
  MessageLog,
  ReadOptions,
} from '@drakkar/plugin-sdk/log'
import { MemoryLog } from '../../src/log/memory/memory-log.ts'

export interface Fault {
  /** The rule that must notice. */
  readonly rule: string
  readonly what: string
  readonly consumer?: (consumer: LogConsumer, options: ConsumerOptions) => Partial<LogConsumer>
  readonly options?: (options: ConsumerOptions) => ConsumerOptions
  readonly listener?: (listener: ConsumerListener) => Partial<ConsumerListener>
  readonly producer?: (producer: LogProducer) => Partial<LogProducer>
  readonly admin?: (admin: LogAdmin) => Partial<LogAdmin>
  readonly read?: (log: MessageLog, topic: string, options: ReadOptions) => AsyncIterable<LogRecord>
}

function onRecords(change: (records: readonly LogRecord[]) => readonly LogRecord[]): NonNullable<Fault['listener']> {
  return (listener) => ({ onRecords: (partition, records) => listener.onRecords(partition, change(records)) })
}

function changeSent(change: (record: Parameters<LogProducer['send']>[0][number]) => typeof record): NonNullable<Fault['producer']> {
  return (producer) => ({ send: (records) => producer.send(records.map(change)) })
}

export const faults: readonly Fault[] = [
  { rule: 'LOG-01', what: 'reverses hand-overs', listener: onRecords((records) => records.toReversed()) },
  {
    rule: 'LOG-02',
    what: 'answers in another order',
    producer: (producer) => ({ send: async (records) => (await producer.send(records)).toReversed() }),
  },
  {
    rule: 'LOG-04',
    what: 'makes an empty key null',
    producer: changeSent((record) => ({ ...record, key: record.key?.length === 0 ? null : (record.key ?? null) })),
  },
  {
    rule: 'LOG-05',
    what: 'keeps one header per name',
    listener: onRecords((records) => records.map((record) => ({ ...record, headers: [...new Map(record.headers)] }))),
  },
  {
    rule: 'LOG-06',
    what: 'makes a tombstone empty',
    listener: onRecords((records) => records.map((record) => ({ ...record, value: record.value ?? new Uint8Array(0) }))),
  },
  {
    rule: 'LOG-07',
    what: 'decodes values as text',
    listener: onRecords((records) =>
      records.map((record) => ({ ...record, value: record.value && Buffer.from(Buffer.from(record.value).toString()) })),
    ),
  },
  {
    rule: 'LOG-08',
    what: 'keeps seconds only',
    listener: onRecords((records) => records.map((record) => ({ ...record, timestamp: Math.floor(record.timestamp / 1000) * 1000 }))),
  },
  { rule: 'LOG-09', what: 'ignores the key', producer: changeSent((record) => ({ ...record, partition: record.partition ?? 0 })) },
  { rule: 'LOG-12', what: 'ignores max_poll_records', options: (options) => ({ ...options, maxPollRecords: 1000 }) },
  { rule: 'LOG-14', what: 'stores no commit', consumer: () => ({ commit: async (requests) => ({ committed: requests, refused: [] }) }) },
  {
    rule: 'LOG-18',
    what: 'says that refused commits are stored',
    consumer: (consumer) => ({ commit: async (requests) => ({ ...(await consumer.commit(requests)), refused: [] }) }),
  },
  { rule: 'LOG-20', what: 'does not know the lag', consumer: () => ({ lag: async () => new Map() }) },
  { rule: 'LOG-21', what: 'does not pause', consumer: () => ({ pause: () => undefined }) },
  { rule: 'LOG-21', what: 'does not resume', consumer: () => ({ resume: () => undefined }) },
  {
    rule: 'LOG-28',
    what: 'does not tell that a rebalance begins nor revokes',
    listener: () => ({ onRebalancing: () => undefined, onRevoke: async () => undefined }),
  },
  { rule: 'LOG-30', what: 'always begins at the end', options: (options) => ({ ...options, offsetReset: 'latest' }) },
  { rule: 'LOG-31', what: 'always begins at the beginning', options: (options) => ({ ...options, offsetReset: 'earliest' }) },
  {
    rule: 'LOG-32',
    what: 'jumps silently',
    options: (options) => ({ ...options, onOffsetOutOfRange: 'earliest' }),
    listener: () => ({ onError: () => undefined }),
  },
  { rule: 'LOG-34', what: 'jumps to the wrong end', options: (options) => ({ ...options, onOffsetOutOfRange: 'earliest' }) },
  {
    rule: 'LOG-37',
    what: 'reads from the beginning whatever is asked',
    read: (log, topic, { from: _from, ...options }) => log.read(topic, options),
  },
  { rule: 'LOG-39', what: 'does not follow', read: (log, topic, options) => log.read(topic, { ...options, follow: false }) },
  {
    rule: 'LOG-39',
    what: 'does not end when aborted',
    read: (log, topic, options) => log.read(topic, { ...options, signal: new AbortController().signal }),
  },
  {
    rule: 'LOG-42',
    what: 'knows every topic',
    admin: (admin) => ({ describeTopic: async (topic) => (await admin.describeTopic(topic)) ?? { topic, partitions: 1 } }),
  },
  { rule: 'LOG-44', what: 'deletes nothing', admin: () => ({ deleteRecords: async () => undefined }) },
  {
    rule: 'LOG-45',
    what: 'makes topics that are missing',
    producer: (producer) => ({
      send: async (records) => await producer.send(records).catch(() => records.map(({ topic }) => ({ topic, partition: 0, offset: -1 }))),
    }),
  },
  {
    rule: 'LOG-47',
    what: 'stops a moment later',
    consumer: (consumer) => ({ stop: async () => await new Promise((resolve) => setImmediate(() => resolve(consumer.stop()))) }),
  },
  { rule: 'LOG-50', what: 'sends after close', producer: () => ({ close: async () => undefined }) },
  {
    rule: 'LOG-53',
    what: 'ignores the signal',
    consumer: (consumer) => ({ start: (listener) => consumer.start(listener, { signal: new AbortController().signal }) }),
  },
]

export class BrokenLog implements MessageLog {
  readonly kind = 'broken'
  readonly description = 'broken'
  readonly #log: MemoryLog
  readonly #fault: Partial<Fault>

  constructor(fault: Partial<Fault>, log = new MemoryLog()) {
    this.#fault = fault
    this.#log = log
  }

  reopen(): BrokenLog {
    return new BrokenLog(this.#fault, this.#log.handle())
  }

  consumer(options: ConsumerOptions): LogConsumer {
    const consumer = this.#log.consumer(this.#fault.options?.(options) ?? options)
    const start: LogConsumer['start'] = (listener, call) => consumer.start(this.#listen(listener), call)
    const broken = this.#fault.consumer?.({ ...bound(consumer), start }, options)
    return { ...bound(consumer), start, ...broken }
  }

  producer(): LogProducer {
    const producer = this.#log.producer()
    const sound: LogProducer = {
      connect: (call) => producer.connect(call),
      send: (records) => producer.send(records),
      close: () => producer.close(),
    }
    return { ...sound, ...this.#fault.producer?.(sound) }
  }

  admin(): LogAdmin {
    const admin = this.#log.admin()
    return { ...admin, ...this.#fault.admin?.(admin) }
  }

  read(topic: string, options: ReadOptions): AsyncIterable<LogRecord> {
    return this.#fault.read?.(this.#log, topic, options) ?? this.#log.read(topic, options)
  }

  async close(): Promise<void> {
    await this.#log.close()
  }

  #listen(listener: ConsumerListener): ConsumerListener {
    return {
      onRecords: (partition, records) => listener.onRecords(partition, records),
      onAssign: (assignments) => listener.onAssign(assignments),
      onRevoke: (partitions) => listener.onRevoke(partitions),
      onLost: (partitions) => listener.onLost(partitions),
      onRebalancing: () => listener.onRebalancing(),
      onError: (error) => listener.onError(error),
      ...this.#fault.listener?.(listener),
    }
  }
}

function bound(consumer: LogConsumer): LogConsumer {
  return {
    start: (listener, call) => consumer.start(listener, call),
    pause: (partitions) => consumer.pause(partitions),
    resume: (partitions) => consumer.resume(partitions),
    commit: (requests) => consumer.commit(requests),
    lag: () => consumer.lag(),
    stop: () => consumer.stop(),
  }
}
