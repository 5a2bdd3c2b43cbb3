/**
 * The `MessageLog` port: what the pipeline needs of Kafka, and no more. Two implementations ship with core (kafkajs,
 * embedded); `@drakkar/plugin-sdk/log/conformance` is the suite that every implementation passes.
 *
 * Offsets are JavaScript numbers (safe integers); an adapter that meets a larger one fails with a `LogError`.
 */
import type { LogError } from '../errors.ts'
import type { CallOptions, Logger } from '../sink.ts'

export type RecordHeader = readonly [name: string, value: Uint8Array]

/** One record as stored in the log. The byte arrays may be slices of a larger buffer: copy what lives long. */
export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: Uint8Array | null
  /** Null for a tombstone. */
  readonly value: Uint8Array | null
  /** In the order of the log; a name may occur more than once. */
  readonly headers: readonly RecordHeader[]
  /** Unix milliseconds. */
  readonly timestamp: number
}

export interface ProduceRecord {
  readonly topic: string
  /** Absent: chosen by a hash of the key, or in turn when there is no key. */
  readonly partition?: number
  readonly key?: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly RecordHeader[]
  /** Unix milliseconds. Default: now. */
  readonly timestamp?: number
}

export interface ProducedRecord {
  readonly topic: string
  readonly partition: number
  /** -1 when the log does not tell. */
  readonly offset: number
}

/** One period of ownership of a partition. `epoch` grows with every assignment and fences commits of earlier ones. */
export interface Assignment {
  readonly partition: number
  readonly epoch: number
  /** The group's committed offset at the time of the assignment: the next to be processed. Null when there is none. */
  readonly committed: number | null
}

export interface CommitRequest {
  readonly partition: number
  readonly epoch: number
  /** The next offset to be processed, i.e. the last settled one plus one. */
  readonly offset: number
}

/** What became of a commit. Refused: the partition is no longer ours, or the epoch is an old one. */
export interface CommitResult {
  readonly committed: readonly CommitRequest[]
  readonly refused: readonly CommitRequest[]
}

/**
 * The consumer's events. All calls are made in order, never two at once. Only an `onRevoke`, which may take the whole drain
 * budget, holds nothing else up: while it is awaited everything goes on for the other partitions, but no second
 * `onRevoke` begins. `onRecords` must only enqueue and return. A listener that throws ends the consumer: it is told so by a
 * fatal `onError` (`DRK_INTERNAL`); records are not skipped.
 */
export interface ConsumerListener {
  /** Records of one partition in offset order, each offset exactly once per assignment; never of one being revoked. */
  onRecords(partition: number, records: readonly LogRecord[]): void
  /** Newly owned partitions; those kept over a rebalance are not mentioned. */
  onAssign(assignments: readonly Assignment[]): void
  /**
   * Partitions that will be given away once this resolves: stop, drain within the budget, commit. They are still
   * ours while it runs, unless an `onLost` names them meanwhile. One that is ours again by then is announced anew, by
   * `onAssign` after this has resolved. Must not reject.
   */
  onRevoke(partitions: readonly number[]): Promise<void>
  /** Partitions that are already somebody else's: drop them, commit nothing. */
  onLost(partitions: readonly number[]): void
  /** A rebalance begins: a commit requested before this returns still belongs to the present generation. */
  onRebalancing(): void
  /** `fatal`: the consumer has ended and delivers nothing more. Otherwise it goes on by itself. */
  onError(error: LogError): void
}

export interface ConsumerOptions {
  readonly topic: string
  readonly group: string
  /** Most records handed to one `onRecords` call. */
  readonly maxPollRecords: number
  /** Where to begin when the group has no committed offset. */
  readonly offsetReset: 'earliest' | 'latest'
  /**
   * What to do when the next offset does not exist any more: `stop` reports `DRK_LOG_OFFSET_OUT_OF_RANGE` and keeps
   * the partition silent, the others move to the first or last offset and report it as a non-fatal error.
   */
  readonly onOffsetOutOfRange: 'stop' | 'earliest' | 'latest'
  /** Static membership: the member's name in the group, kept over restarts. Absent or empty: dynamic. Logs without it ignore it. */
  readonly groupInstanceId?: string
}

export interface LogConsumer {
  /**
   * Joins the group and begins to deliver. Resolves when the first assignment has been announced. Once per consumer.
   * A rejected start (aborted, `DRK_LOG_TOPIC_MISSING`, `DRK_LOG_LOCKED`) leaves nothing behind.
   */
  start(listener: ConsumerListener, call: CallOptions): Promise<void>
  /** Partitions whose records shall not be delivered until `resume`. Survives rebalances. Unknown ones are ignored. */
  pause(partitions: readonly number[]): void
  resume(partitions: readonly number[]): void
  /** Resolves when the log has accepted them. Rejects with a `LogError`: nothing of this call is known to be committed. */
  commit(requests: readonly CommitRequest[]): Promise<CommitResult>
  /** Per assigned partition: end offset − committed offset (spec SRC-21). Never rejects: a failure gives 0. */
  lag(): Promise<ReadonlyMap<number, number>>
  /**
   * No more records after this returns synchronously; resolves when the group has been left. Calls no `onRevoke`:
   * whoever stops the consumer has drained and committed before. Any number of times.
   */
  stop(): Promise<void>
}

export interface LogProducer {
  connect(call: CallOptions): Promise<void>
  /**
   * Resolves when all are acknowledged. Rejects with a `LogError`: none is known to be stored. Keeps the order per partition.
   * A record refused for its size is `DRK_LOG_RECORD_TOO_LARGE`.
   */
  send(records: readonly ProduceRecord[]): Promise<readonly ProducedRecord[]>
  /** Waits for what is being sent. Any number of times. */
  close(): Promise<void>
}

export interface TopicDescription {
  readonly topic: string
  readonly partitions: number
}

export interface OffsetRange {
  /** First offset that still exists. */
  readonly start: number
  /** Offset the next record will get. */
  readonly end: number
}

export interface LogAdmin {
  /** Does nothing when the topic exists. */
  createTopic(topic: string, partitions: number): Promise<void>
  describeTopic(topic: string): Promise<TopicDescription | null>
  /** Per partition, ascending. Rejects with `DRK_LOG_TOPIC_MISSING`. */
  offsets(topic: string): Promise<ReadonlyMap<number, OffsetRange>>
  /** Committed offsets of a group; partitions without one are absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>
  /** Deletes records below `before`, as retention would. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>
  close(): Promise<void>
}

export interface ReadOptions extends CallOptions {
  /** Default: all. */
  readonly partitions?: readonly number[]
  /** `beginning` (default), `end`, or a first offset per partition (others from the beginning). */
  readonly from?: 'beginning' | 'end' | ReadonlyMap<number, number>
  /** True: wait for new records until aborted. False (default): end at the end offsets found when the read began. */
  readonly follow?: boolean
}

/** A log: topics of partitions of records, consumer groups with committed offsets. */
export interface MessageLog {
  readonly kind: string
  /** For people, without credentials: `kafka localhost:9092`, `embedded ./demo.db`. */
  readonly description: string
  consumer(options: ConsumerOptions): LogConsumer
  producer(): LogProducer
  admin(): LogAdmin
  /** Reads without a group and without a commit. Ends by itself, or when the signal aborts (without an error). */
  read(topic: string, options: ReadOptions): AsyncIterable<LogRecord>
  /** Releases everything, consumers and producers included. Any number of times. */
  close(): Promise<void>
}

export interface LogOpenContext {
  readonly logger: Logger
  /** For client ids and locks. */
  readonly workerId: string
}
