/**
 * The consumer's listener: keeps one processor per assignment and gives each record to its partition's (spec sections 4
 * and 6).
 */
import type { Assignment, ConsumerListener, LogConsumer, LogRecord } from '@drakkar/plugin-sdk/log'
import type { Clock, LogError } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../../observability/logger.ts'
import { within } from '../../runtime/within.ts'
import type { PartitionProcessor } from '../partition-processor.ts'

/** Longest wait for a commit when partitions leave. */
const commitTimeoutMs = 10_000
/** Longest wait for work that has been given up to let go (spec REB-9). */
const abandonTimeoutMs = 10_000

export interface SourceOptions {
  readonly createProcessor: (assignment: Assignment) => PartitionProcessor
  readonly consumer: LogConsumer
  /** Commits what is committable, at once. */
  readonly commitNow: () => Promise<boolean>
  /** The next offset no longer exists: end the worker instead of leaving the partition silent. */
  readonly stopWhenOutOfRange: boolean
  readonly drainTimeoutMs: number
  /** Until the returned function is called, sinks do not wait for fuller batches. */
  readonly hurry: () => () => void
  readonly clock: Clock
  readonly logger: AppLogger
  /** The consumer has ended by itself. */
  readonly onFatal: (error: LogError) => void
}

export class Source implements ConsumerListener {
  readonly #options: SourceOptions
  readonly #processors = new Map<number, PartitionProcessor>()
  readonly #blocked = new Set<number>()
  #paused = false
  #stopping = false

  constructor(options: SourceOptions) {
    this.#options = options
  }

  get processors(): Iterable<PartitionProcessor> {
    return this.#processors.values()
  }

  get partitions(): readonly number[] {
    return [...this.#processors.keys()].toSorted((a, b) => a - b)
  }

  /** Records for a partition without a processor are neither processed nor committed (spec SRC-4). */
  onRecords(partition: number, records: readonly LogRecord[]): void {
    const processor = this.#processors.get(partition)
    if (processor !== undefined) {
      processor.enqueue(records)
      return
    }
    if (!this.#stopping) this.#options.logger.warn('messages_unroutable', { partition, message_count: records.length })
  }

  onAssign(assignments: readonly Assignment[]): void {
    const partitions = assignments.map(({ partition }) => partition)
    this.#options.logger.info('partitions_assigned', { partitions })
    if (this.#stopping) {
      this.#options.consumer.pause(partitions)
      return
    }
    for (const assignment of assignments) {
      this.#processors.get(assignment.partition)?.abandon()
      this.#processors.set(assignment.partition, this.#options.createProcessor(assignment))
    }
    this.#apply(partitions, this.#paused)
  }

  async onRevoke(partitions: readonly number[]): Promise<void> {
    const leaving = partitions.flatMap((partition) => this.#processors.get(partition) ?? [])
    this.#options.logger.info('partitions_revoked', { partitions })
    for (const processor of leaving) processor.stop()
    await this.#drain(leaving)
    await within(this.#options.commitNow(), { clock: this.#options.clock, limitMs: commitTimeoutMs })
    this.#drop(partitions)
  }

  onLost(partitions: readonly number[]): void {
    this.#options.logger.warn('partitions_lost', { partitions })
    this.#drop(partitions)
  }

  onRebalancing(): void {
    void this.#options.commitNow()
  }

  onError(error: LogError): void {
    this.#options.logger.error('consumer_error', { kind: error.kind, code: error.code, error })
    const outOfRange = error.code === 'DRK_LOG_OFFSET_OUT_OF_RANGE' && this.#options.stopWhenOutOfRange
    if (error.kind === 'fatal' || outOfRange) this.#options.onFatal(error)
  }

  /** Backpressure: pauses or resumes every assigned partition. */
  setPaused(paused: boolean): void {
    this.#paused = paused
    const partitions = this.partitions.filter((partition) => !this.#blocked.has(partition))
    this.#apply(partitions, paused)
  }

  /** Pauses or resumes one partition, whatever the others do. */
  setBlocked(partition: number, blocked: boolean): void {
    if (blocked) this.#blocked.add(partition)
    else this.#blocked.delete(partition)
    if (!this.#paused) this.#apply([partition], blocked)
  }

  /** Nothing new starts in any partition. */
  stop(): void {
    this.#stopping = true
    this.#options.consumer.pause(this.partitions)
    for (const processor of this.#processors.values()) processor.stop()
  }

  /** Waits for what runs, for at most the drain budget. False: some of it had to be given up. */
  async drainAll(): Promise<boolean> {
    return this.#drain([...this.#processors.values()])
  }

  /** Gives up whatever is left. True when nothing of it runs any more, false when something does not let go. */
  async abandonAll(): Promise<boolean> {
    const all = [...this.#processors.values()]
    this.#drop(this.partitions)
    const quiet = Promise.all(all.map((processor) => processor.drained()))
    return within(quiet, { clock: this.#options.clock, limitMs: abandonTimeoutMs })
  }

  async #drain(processors: readonly PartitionProcessor[]): Promise<boolean> {
    const { clock, drainTimeoutMs, logger } = this.#options
    const calm = this.#options.hurry()
    const drained = await within(Promise.all(processors.map((processor) => processor.drained())), { clock, limitMs: drainTimeoutMs })
    calm()
    if (drained) return true
    const left = processors.filter((processor) => !processor.isIdle)
    logger.error('drain_timeout', { partitions: left.map(({ assignment }) => assignment.partition) })
    return false
  }

  #apply(partitions: readonly number[], pause: boolean): void {
    if (pause || this.#stopping) this.#options.consumer.pause(partitions)
    else this.#options.consumer.resume(partitions)
    this.#options.logger.debug(pause ? 'partitions_paused' : 'partitions_resumed', { partitions })
  }

  #drop(partitions: readonly number[]): void {
    const dropped = partitions.flatMap((partition) => this.#processors.get(partition) ?? [])
    for (const processor of dropped) processor.abandon()
    for (const partition of partitions) {
      this.#processors.delete(partition)
      this.#blocked.delete(partition)
    }
  }
}
