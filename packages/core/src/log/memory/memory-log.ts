/**
 * The log in memory, for tests of the pipeline and of users' handlers. Deterministic: no timer, no I/O; everything
 * happens in the call or in a microtask. It has groups of several members, and controls for what goes wrong in Kafka.
 */
import type {
  LogAdmin,
  LogConsumer,
  LogProducer,
  LogRecord,
  MessageLog,
  OffsetRange,
  ProducedRecord,
  ProduceRecord,
  ReadOptions,
  ConsumerOptions,
} from '@drakkar/plugin-sdk/log'
import { logClosed } from '../log-errors.ts'
import { MemoryConsumer } from './memory-consumer.ts'
import { MemoryFaults } from './memory-faults.ts'
import { MemoryProducer } from './memory-producer.ts'
import { MemoryStore } from './memory-store.ts'
import { readMemory } from './read-memory.ts'

export interface MemoryLogOptions {
  /** Topics to begin with: name → number of partitions. */
  readonly topics?: Readonly<Record<string, number>>
  /** Unix milliseconds, for records without a timestamp. Default `Date.now`. */
  readonly now?: () => number
}

/** Which partitions of which group a test control is about. */
export interface GroupPartitions {
  readonly group: string
  readonly topic: string
  readonly partitions: readonly number[]
}

export class MemoryLog implements MessageLog {
  readonly kind = 'memory'
  readonly description = 'memory'
  readonly #store: MemoryStore
  readonly #faults: MemoryFaults
  readonly #consumers = new Set<MemoryConsumer>()
  readonly #producers = new Set<MemoryProducer>()
  readonly #closed = new AbortController()

  constructor(options: MemoryLogOptions = {}, shared?: { readonly store: MemoryStore; readonly faults: MemoryFaults }) {
    this.#store = shared?.store ?? new MemoryStore(options.now ?? Date.now)
    this.#faults = shared?.faults ?? new MemoryFaults()
    for (const [topic, partitions] of Object.entries(options.topics ?? {})) this.#store.createTopic(topic, partitions)
  }

  consumer(options: ConsumerOptions): LogConsumer {
    this.#assertOpen()
    const consumer = new MemoryConsumer({ store: this.#store, options, faults: this.#faults })
    this.#consumers.add(consumer)
    return consumer
  }

  producer(): LogProducer {
    this.#assertOpen()
    const producer = new MemoryProducer(this.#store, this.#faults)
    this.#producers.add(producer)
    return producer
  }

  admin(): LogAdmin {
    this.#assertOpen()
    const store = this.#store
    return {
      createTopic: async (topic, partitions) => store.createTopic(topic, partitions),
      describeTopic: async (topic) => {
        const partitions = store.partitionCount(topic)
        return partitions === null ? null : { topic, partitions }
      },
      offsets: async (topic) => store.ranges(topic),
      committed: async (group, topic) => new Map(store.committed(group, topic)),
      deleteRecords: async (topic, partition, before) => store.deleteRecords(topic, partition, before),
      close: async () => undefined,
    }
  }

  read(topic: string, options: ReadOptions): AsyncIterable<LogRecord> {
    this.#assertOpen()
    return readMemory({ store: this.#store, topic, options, closed: this.#closed.signal })
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()))
    await Promise.all([...this.#producers].map((producer) => producer.close()))
  }

  /** Another handle onto the same topics and groups, as another worker would have; closing one leaves the other open. */
  handle(): MemoryLog {
    return new MemoryLog({}, { store: this.#store, faults: this.#faults })
  }

  /** Test control: stores records at once, without a producer. */
  append(...records: readonly ProduceRecord[]): ProducedRecord[] {
    return this.#store.append(records)
  }

  /** Test control: what the group has committed, by partition. */
  committed(group: string, topic: string): ReadonlyMap<number, number> {
    return new Map(this.#store.committed(group, topic))
  }

  /** Test control: partitions that a member of the group has at this moment, ascending. */
  owned(group: string, topic: string): readonly number[] {
    return this.#store.group(group, topic).owned
  }

  /** Test control: the next commit that is not empty rejects with the error. Calls add up. */
  failNextCommit(error: Error): void {
    this.#faults.addCommit(error)
  }

  /** Test control: the next send that is not empty rejects with the error and stores nothing. Calls add up. */
  failNextSend(error: Error): void {
    this.#faults.addSend(error)
  }

  /** Test control: until `endOutage`, commits and sends reject with the error and no records are handed over. */
  beginOutage(error: Error): void {
    this.#faults.beginOutage(error)
  }

  /** Test control: everything goes on. */
  endOutage(): void {
    this.#faults.endOutage()
  }

  /** Test control: how often an outage has refused a call or kept records back. */
  get outageHits(): number {
    return this.#faults.outageHits
  }

  /** Test control: first and next offset of every partition. */
  offsets(topic: string): ReadonlyMap<number, OffsetRange> {
    return this.#store.ranges(topic)
  }

  /** Test control: revokes the partitions (awaiting `onRevoke`) and hands them out again with a new epoch. */
  async rebalance(moving: GroupPartitions): Promise<void> {
    await this.#store.group(moving.group, moving.topic).rebalance(moving.partitions)
  }

  /** Test control: takes partitions away as an expired session does. They have no owner until `rebalance`. */
  losePartitions(lost: GroupPartitions): void {
    this.#store.group(lost.group, lost.topic).lose(lost.partitions)
  }

  #assertOpen(): void {
    if (this.#closed.signal.aborted) throw logClosed('log')
  }
}
