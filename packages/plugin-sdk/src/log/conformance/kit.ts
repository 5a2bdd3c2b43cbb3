/** What a rule works with: one log with storage of its own, and shorthands that keep the rules readable. */
import type { ConsumerOptions, LogConsumer, LogRecord, MessageLog, ProducedRecord, ProduceRecord, ReadOptions } from '../log.ts'
import type { CallOptions } from '../../sink.ts'
import { CollectingListener } from './collecting-listener.ts'
import type { CollectingListenerOptions } from './collecting-listener.ts'
import type { LogConformanceOptions } from './rule.ts'
import { waitUntil } from './wait-until.ts'

export interface Consuming {
  readonly consumer: LogConsumer
  readonly listener: CollectingListener
}

export interface ConsumeInput extends Partial<ConsumerOptions> {
  readonly topic: string
  /** Default: the first log of the case. */
  readonly log?: MessageLog
  readonly listener?: CollectingListenerOptions
}

let serial = 0

export class Kit {
  readonly log: MessageLog
  /** Consumer group of this case. */
  readonly group: string
  readonly options: LogConformanceOptions
  readonly deadlineMs: number
  readonly #name: string
  readonly #opened: MessageLog[]
  #topics = 0

  constructor(log: MessageLog, options: LogConformanceOptions) {
    serial += 1
    this.log = log
    this.options = options
    this.deadlineMs = options.deadlineMs ?? 15_000
    this.#name = `conformance-${process.pid}-${Date.now().toString(36)}-${serial}`
    this.group = `${this.#name}-group`
    this.#opened = [log]
  }

  /** Limits one call by the deadline of the suite. */
  call(): CallOptions {
    return { signal: AbortSignal.timeout(this.deadlineMs) }
  }

  /** Creates a topic with a new name. */
  async topic(partitions = 1): Promise<string> {
    const topic = this.unusedTopic()
    const admin = this.log.admin()
    await admin.createTopic(topic, partitions)
    await admin.close()
    return topic
  }

  /** A name no topic has. */
  unusedTopic(): string {
    this.#topics += 1
    return `${this.#name}-topic-${this.#topics}`
  }

  async reopen(): Promise<MessageLog> {
    const log = await this.options.reopen(this.log)
    this.#opened.push(log)
    return log
  }

  async send(records: readonly ProduceRecord[], log = this.log): Promise<readonly ProducedRecord[]> {
    const producer = log.producer()
    await producer.connect(this.call())
    try {
      return await producer.send(records)
    } finally {
      await producer.close()
    }
  }

  /** Sends one record per value to one partition. */
  async fill(topic: string, values: readonly string[], partition = 0): Promise<void> {
    await this.send(values.map((value) => ({ topic, partition, value: Buffer.from(value) })))
  }

  /** A consumer of the case's group that begins at the beginning unless told otherwise; not started. */
  prepare(input: ConsumeInput): Consuming {
    const { log = this.log, listener, ...overrides } = input
    const consumer = log.consumer({
      group: this.group,
      maxPollRecords: 100,
      offsetReset: 'earliest',
      onOffsetOutOfRange: 'stop',
      ...overrides,
    })
    return { consumer, listener: new CollectingListener({ deadlineMs: this.deadlineMs, ...listener }) }
  }

  async consume(input: ConsumeInput): Promise<Consuming> {
    const consuming = this.prepare(input)
    await consuming.consumer.start(consuming.listener, this.call())
    return consuming
  }

  async committed(topic: string, group = this.group): Promise<ReadonlyMap<number, number>> {
    return await this.withAdmin((admin) => admin.committed(group, topic))
  }

  async deleteRecords(topic: string, partition: number, before: number): Promise<void> {
    await this.withAdmin((admin) => admin.deleteRecords(topic, partition, before))
  }

  /** All records of a topic at this moment. */
  async readAll(topic: string, options: Partial<ReadOptions> = {}): Promise<LogRecord[]> {
    const records: LogRecord[] = []
    for await (const record of this.log.read(topic, { ...this.call(), ...options })) records.push(record)
    return records
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await waitUntil(condition, { what, deadlineMs: this.deadlineMs })
  }

  async close(): Promise<void> {
    for (const log of this.#opened.toReversed()) await log.close()
  }

  async withAdmin<T>(work: (admin: ReturnType<MessageLog['admin']>) => Promise<T>): Promise<T> {
    const admin = this.log.admin()
    try {
      return await work(admin)
    } finally {
      await admin.close()
    }
  }
}

/** `prefix-0 … prefix-(count − 1)`. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
}

/** Numbers from `start` up to, but without, `end`. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index)
}
