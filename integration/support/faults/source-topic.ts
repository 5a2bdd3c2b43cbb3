/** The source of a scenario on a real broker: produces numbered messages and reads what the group committed. */
import { openLog, validateConfig } from '@drakkar/core'
import type { LogAdmin, LogProducer, MessageLog } from '@drakkar/plugin-sdk/log'
import { createTestContext } from '@drakkar/plugin-sdk/testing'
import type { LedgerEntry } from './ledger.ts'

const partitions = 4
const keys = 16

export interface ProduceOptions {
  /** Every so-many-th message is one the targets refuse. */
  readonly refuseEvery?: number
  /** Characters of padding in each message. */
  readonly pad?: number
}

export async function openBroker(brokers: string): Promise<MessageLog> {
  const { config } = validateConfig({ kafka: { brokers } })
  return openLog(config, { logger: createTestContext().logger, workerId: 'judge' })
}

export class SourceTopic {
  readonly topic: string
  readonly group: string
  readonly #log: MessageLog
  readonly #admin: LogAdmin
  readonly #producer: LogProducer
  readonly entries: LedgerEntry[] = []

  private constructor(topic: string, log: MessageLog) {
    this.topic = topic
    this.group = `${topic}-workers`
    this.#log = log
    this.#admin = log.admin()
    this.#producer = log.producer()
  }

  static async create(topic: string, brokers: string): Promise<SourceTopic> {
    const source = new SourceTopic(topic, await openBroker(brokers))
    await source.#admin.createTopic(topic, partitions)
    await source.#producer.connect({ signal: AbortSignal.timeout(30_000) })
    return source
  }

  /** Messages with ids `<phase>-<n>`; `n` counts over all phases. */
  async produce(phase: string, count: number, options: ProduceOptions = {}): Promise<void> {
    const pad = 'x'.repeat(options.pad ?? 0)
    for (let left = count; left > 0; left -= 500) {
      const first = this.entries.length
      const messages = Array.from({ length: Math.min(500, left) }, (_, index) => {
        const n = first + index + 1
        const refused = options.refuseEvery !== undefined && n % options.refuseEvery === 0
        return { id: `${phase}-${n}`, key: `k${n % keys}`, n, refused, partition: n % partitions }
      })
      const sent = await this.#producer.send(
        messages.map(({ partition, ...message }) => ({
          topic: this.topic,
          partition,
          value: Buffer.from(JSON.stringify({ ...message, pad })),
        })),
      )
      this.entries.push(...messages.map((message, index) => ({ ...message, offset: sent[index]?.offset ?? -1 })))
    }
  }

  /** Of all phases when the phase is empty. */
  entriesOf(phase: string): readonly LedgerEntry[] {
    return this.entries.filter(({ id }) => phase === '' || id.startsWith(`${phase}-`))
  }

  committed(): Promise<ReadonlyMap<number, number>> {
    return this.#admin.committed(this.group, this.topic)
  }

  async close(): Promise<void> {
    await this.#producer.close()
    await this.#admin.close()
    await this.#log.close()
  }
}
