/** The records that have come to a topic since the last look. */
import type { LogRecord, MessageLog } from '@drakkar/plugin-sdk/log'
import { LogError } from '@drakkar/plugin-sdk/log'

const readWithinMs = 10_000

export class TopicTail {
  readonly #log: MessageLog
  readonly #topic: string
  readonly #positions = new Map<number, number>()

  constructor(log: MessageLog, topic: string) {
    this.#log = log
    this.#topic = topic
  }

  /** Up to the end as it is now. A topic that does not exist is empty. Rejects when the broker cannot be asked. */
  async read(take: (record: LogRecord) => void): Promise<void> {
    const signal = AbortSignal.timeout(readWithinMs)
    try {
      for await (const record of this.#log.read(this.#topic, { from: new Map(this.#positions), signal })) {
        this.#positions.set(record.partition, record.offset + 1)
        take(record)
      }
    } catch (error) {
      if (LogError.isInstance(error) && error.code === 'DRK_LOG_TOPIC_MISSING') return
      throw error
    }
    if (signal.aborted) throw new Error(`${this.#topic} was not read to its end within ${readWithinMs} ms`)
  }
}
