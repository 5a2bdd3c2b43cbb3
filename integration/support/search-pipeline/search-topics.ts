/** The topics of the scenario on a real broker: produces the load and reads back what came of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogAdmin, LogProducer, MessageLog } from '@drakkar/plugin-sdk/log'
import { openBroker } from '../faults/source-topic.ts'
import { messageOf, type Phase } from './requests.ts'

const partitions = 50

export class SearchTopics implements AsyncDisposable {
  readonly topic: string
  readonly #log: MessageLog
  readonly #admin: LogAdmin
  readonly #producer: LogProducer
  #produced = 0

  private constructor(topic: string, log: MessageLog) {
    this.topic = topic
    this.#log = log
    this.#admin = log.admin()
    this.#producer = log.producer()
  }

  static async create(topic: string, brokers: string): Promise<SearchTopics> {
    const topics = new SearchTopics(topic, await openBroker(brokers))
    await topics.#admin.createTopic(topic, partitions)
    for (const output of ['results', 'priority', 'counts', 'windows', 'replayed']) await topics.#admin.createTopic(`${topic}-${output}`, 4)
    await topics.#producer.connect({ signal: AbortSignal.timeout(30_000) })
    return topics
  }

  get produced(): number {
    return this.#produced
  }

  /** One phase of load; resolves when it is over, its rest included. */
  async produce(phase: Phase): Promise<void> {
    const step = phase.everyMs === 0 ? phase.requests : 1
    for (let left = phase.requests; left > 0; left -= step) {
      const numbers = Array.from({ length: Math.min(step, left) }, (_, index) => this.#produced + index)
      await this.#producer.send(
        numbers.map((n) => ({ topic: this.topic, partition: n % partitions, key: Buffer.from(`k${n}`), value: Buffer.from(messageOf(n)) })),
      )
      this.#produced += numbers.length
      if (phase.everyMs > 0) await sleep(phase.everyMs)
    }
    await sleep(phase.restMs)
  }

  /** Values of all records of one of the scenario's topics, e.g. `priority`. */
  async read<T>(output: string): Promise<readonly T[]> {
    const values = await this.readRaw(`${this.topic}-${output}`)
    return values.map((value) => JSON.parse(value))
  }

  async readRaw(topic: string): Promise<readonly string[]> {
    const values: string[] = []
    for await (const record of this.#log.read(topic, { signal: AbortSignal.timeout(60_000) })) {
      values.push(Buffer.from(record.value ?? []).toString())
    }
    return values
  }

  /** Messages of the source topic that the group has not committed. */
  async behind(group: string): Promise<number> {
    const committed = await this.#admin.committed(group, this.topic)
    const ends = await this.#admin.offsets(this.topic)
    return [...ends].reduce((sum, [partition, { end }]) => sum + end - (committed.get(partition) ?? 0), 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer.close()
    await this.#admin.close()
    await this.#log.close()
  }
}
