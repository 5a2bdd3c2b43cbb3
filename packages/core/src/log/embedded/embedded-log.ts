/**
 * The embedded log: topics, partitions, keys, headers, offsets and one consumer in one SQLite file, for the demo, for
 * local development and for tests without a broker.
 *
 * It is NOT a production broker. There is no replication, no retention, no second worker: one process at a time may
 * consume a file, others may append, read and tail it. A send that was answered outlives the end of the process; it
 * outlives a power loss once a commit (or a topic's creation) has followed it. Use Kafka for anything that matters.
 *
 * All SQLite and file work is done off the main thread.
 */
import type { Logger } from '@drakkar/plugin-sdk'
import type { ConsumerOptions, LogAdmin, LogConsumer, LogProducer, LogRecord, MessageLog, ReadOptions } from '@drakkar/plugin-sdk/log'
import { logClosed } from '../log-errors.ts'
import { AppendQueue } from './append-queue.ts'
import { AppendWatch } from './append-watch.ts'
import { ConsumerLock } from './consumer-lock.ts'
import { EmbeddedConsumer } from './embedded-consumer.ts'
import { EmbeddedProducer } from './embedded-producer.ts'
import { EmbeddedStore } from './embedded-store.ts'
import { openFile } from './open-file.ts'
import type { OpenedFile } from './open-file.ts'
import { readEmbedded } from './read-embedded.ts'
import { toLogError } from './sqlite-failure.ts'

export interface EmbeddedLogOptions {
  /** The file; made when missing, with its directory. */
  readonly path: string
  readonly logger: Logger
  /** Named to whoever finds the log locked. */
  readonly workerId: string
}

/** Opens the log and says once, as a warning, what it is not. Rejects with a `LogError`; a damaged file is left as it is. */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<MessageLog> {
  try {
    const opened = await openFile(options.path)
    options.logger.warn('embedded_log_in_use', {
      path: options.path,
      hint: 'the embedded log is for development and demonstrations, not a production broker: one worker, one file, no replication',
    })
    return new EmbeddedLog(options, opened)
  } catch (error) {
    throw toLogError(error, options.path)
  }
}

class EmbeddedLog implements MessageLog {
  readonly kind = 'embedded'
  readonly description: string
  readonly #options: EmbeddedLogOptions
  readonly #opened: OpenedFile
  readonly #watch: AppendWatch
  readonly #store: EmbeddedStore
  readonly #consumers = new Set<EmbeddedConsumer>()
  readonly #producers = new Set<EmbeddedProducer>()
  readonly #closed = new AbortController()
  #closing: Promise<void> | null = null

  constructor(options: EmbeddedLogOptions, opened: OpenedFile) {
    this.description = `embedded ${options.path}`
    this.#options = options
    this.#opened = opened
    const onError = (error: unknown): void =>
      options.logger.warn('embedded_log_poll_failed', { error: toLogError(error, options.path).message })
    this.#watch = new AppendWatch({ ...opened, onError })
    this.#store = new EmbeddedStore(opened.sqlite, new AppendQueue(opened.sqlite, () => this.#watch.announce()))
  }

  consumer(options: ConsumerOptions): LogConsumer {
    this.#assertOpen()
    const { path, logger, workerId } = this.#options
    const lock = new ConsumerLock({ sqlite: this.#opened.sqlite, path, workerId })
    const consumer = new EmbeddedConsumer({ store: this.#store, watch: this.#watch, lock, options, path, logger })
    this.#consumers.add(consumer)
    return consumer
  }

  producer(): LogProducer {
    this.#assertOpen()
    const producer = new EmbeddedProducer(this.#store, this.#options.path)
    this.#producers.add(producer)
    return producer
  }

  admin(): LogAdmin {
    this.#assertOpen()
    const store = this.#store
    const ask = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work()
      } catch (error) {
        throw toLogError(error, this.#options.path)
      }
    }
    return {
      createTopic: (topic, partitions) => ask(() => store.createTopic(topic, partitions)),
      describeTopic: (topic) =>
        ask(async () => {
          const found = await store.findTopic(topic)
          return found === null ? null : { topic, partitions: found.partitions }
        }),
      offsets: (topic) => ask(async () => await store.ranges(await store.topic(topic))),
      committed: (group, topic) => ask(async () => await store.committed(group, await store.topic(topic))),
      deleteRecords: (topic, partition, before) => ask(async () => await store.deleteRecords(await store.topic(topic), partition, before)),
      close: async () => undefined,
    }
  }

  read(topic: string, options: ReadOptions): AsyncIterable<LogRecord> {
    this.#assertOpen()
    return readEmbedded({ store: this.#store, watch: this.#watch, topic, options, closed: this.#closed.signal, path: this.#options.path })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()))
    await Promise.all([...this.#producers].map((producer) => producer.close()))
    this.#watch.close()
    await Promise.all([...this.#consumers].map((consumer) => consumer.ended()))
    await this.#opened.sqlite.close()
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw logClosed('log')
  }
}
