/** Keeps the same number of messages waiting in every partition, so that no partition is ever at rest for want of work. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog, validateConfig } from '@drakkar/core'
import type { LogAdmin, LogProducer, MessageLog, OffsetRange } from '@drakkar/plugin-sdk/log'
import { createTestContext } from '@drakkar/plugin-sdk/testing'

const turnMs = 250

export interface FeederOptions {
  readonly brokers: string
  readonly topic: string
  readonly partitions: number
  /** Messages that wait in each partition. */
  readonly backlog: number
  /** Messages of a partition that were taken so far. */
  readonly taken: (partition: number) => number
}

export class Feeder {
  readonly admin: LogAdmin
  readonly #options: FeederOptions
  readonly #log: MessageLog
  readonly #producer: LogProducer
  readonly #sent = new Map<number, number>()
  #partitions: number
  #feeding: Promise<void> | null = null
  #stopped = false

  private constructor(options: FeederOptions, log: MessageLog) {
    this.#options = options
    this.#log = log
    this.#partitions = options.partitions
    this.admin = log.admin()
    this.#producer = log.producer()
  }

  static async open(options: FeederOptions): Promise<Feeder> {
    const { config } = validateConfig({ kafka: { brokers: options.brokers } })
    const feeder = new Feeder(options, await openLog(config, { logger: createTestContext().logger, workerId: 'lab' }))
    await feeder.admin.createTopic(options.topic, options.partitions)
    await feeder.#producer.connect({ signal: AbortSignal.timeout(30_000) })
    return feeder
  }

  /** Partitions that were added to the topic. */
  set partitions(count: number) {
    this.#partitions = count
  }

  start(): void {
    this.#feeding ??= this.#feed()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#feeding
  }

  /** Where the topic ends, for the broker. */
  ends(): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.admin.offsets(this.#options.topic)
  }

  async close(): Promise<void> {
    await this.stop()
    await this.#producer.close()
    await this.admin.close()
    await this.#log.close()
  }

  async #feed(): Promise<void> {
    while (!this.#stopped) {
      const records = Array.from({ length: this.#partitions }, (_, partition) => this.#missing(partition)).flat()
      // A broker that is away refuses them: they are produced again, and what was stored twice are two messages.
      if (records.length > 0)
        await this.#producer.send(records).then(
          () => this.#note(records),
          () => undefined,
        )
      await sleep(turnMs)
    }
  }

  #missing(partition: number) {
    const { topic, backlog, taken } = this.#options
    const count = Math.max(0, taken(partition) + backlog - (this.#sent.get(partition) ?? 0))
    return Array.from({ length: count }, () => ({ topic, partition, value: Buffer.from('{}') }))
  }

  #note(records: readonly { readonly partition: number }[]): void {
    for (const { partition } of records) this.#sent.set(partition, (this.#sent.get(partition) ?? 0) + 1)
  }
}
