/**
 * The consumer's listener: keeps one processor per assignment and gives each record to its partition's (spec sections 4
 * and 6).
 */
import type { Assignment, ConsumerListener, LogConsumer, LogRecord } from '@drakkar/plugin-sdk/log'
import type { Clock, LogError } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../../observability/logger.ts'
import type { PipelineCounters } from '../../observability/pipeline-counters.ts'
import { InFlight } from '../../runtime/in-flight.ts'
import { within } from '../../runtime/within.ts'
import type { PartitionProcessor } from '../partition-processor.ts'
import { PauseControl } from './pause-control.ts'

/** Longest wait for a commit when partitions leave. */
const commitTimeoutMs = 10_000
/** Longest wait for work that has been given up to let go (spec REB-9). */
const abandonTimeoutMs = 10_000

/** Hears which partitions are ours: each is told once when it comes, and once when it goes and is quiet. */
export interface OwnershipListener {
  assigned(partitions: readonly number[]): void
  revoked(partitions: readonly number[]): void
}

/** What the source needs of a processor. */
export type SourceProcessor = Pick<
  PartitionProcessor,
  'assignment' | 'queueSize' | 'inFlightTasks' | 'isIdle' | 'enqueue' | 'stop' | 'drained' | 'abandon'
>

export interface SourceOptions<P extends SourceProcessor = PartitionProcessor> {
  readonly createProcessor: (assignment: Assignment) => P
  readonly consumer: Pick<LogConsumer, 'pause' | 'resume'>
  /** Requests a commit of what is committable before it returns. */
  readonly commitNow: () => void
  /** Commits what is committable, trying again for at most so long. */
  readonly flushCommits: (limitMs: number) => Promise<unknown>
  readonly ownership: OwnershipListener
  /** The next offset no longer exists: end the worker instead of leaving the partition silent. */
  readonly stopWhenOutOfRange: boolean
  readonly drainTimeoutMs: number
  /** Until the returned function is called, sinks do not wait for fuller batches. */
  readonly hurry: () => () => void
  readonly clock: Clock
  readonly stats: PipelineCounters
  readonly logger: AppLogger
  /** The consumer has ended by itself, or a defect of ours. */
  readonly onFatal: (error: unknown) => void
}

export class Source<P extends SourceProcessor = PartitionProcessor> implements ConsumerListener {
  readonly #options: SourceOptions<P>
  readonly #processors = new Map<number, P>()
  readonly #pauses: PauseControl
  /** Revocations under way. */
  readonly #leaving: InFlight
  /** Partitions that `ownership` takes for ours. */
  readonly #announced = new Set<number>()
  #stopping = false

  constructor(options: SourceOptions<P>) {
    this.#options = options
    this.#pauses = new PauseControl(options)
    this.#leaving = new InFlight(options.onFatal)
  }

  get processors(): Iterable<P> {
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
    if (this.#stopping) return
    this.#options.stats.unroutable += records.length
    this.#options.logger.warn('messages_unroutable', { partition, message_count: records.length })
  }

  onAssign(assignments: readonly Assignment[]): void {
    const partitions = assignments.map(({ partition }) => partition)
    this.#options.logger.info('partitions_assigned', { partitions })
    if (!this.#stopping) {
      // A log that announces a partition a second time has ended the first assignment: nothing of it commits through the new one.
      this.#drop(partitions.flatMap((partition) => this.#processors.get(partition) ?? []))
      for (const assignment of assignments) this.#processors.set(assignment.partition, this.#options.createProcessor(assignment))
      for (const partition of partitions) this.#announced.add(partition)
      this.#options.ownership.assigned(partitions)
    }
    this.#pauses.add(partitions)
  }

  /** Resolves when the partitions may be given away: what ran is settled and committed, or has been killed. */
  async onRevoke(partitions: readonly number[]): Promise<void> {
    this.#options.logger.info('partitions_revoked', { partitions })
    const leave = this.#leave(this.#ofPartitions(partitions))
    this.#leaving.track(leave)
    await leave
  }

  onLost(partitions: readonly number[]): void {
    this.#options.logger.warn('partitions_lost', { partitions })
    this.#drop(this.#ofPartitions(partitions))
  }

  onRebalancing(): void {
    this.#options.commitNow()
  }

  onError(error: LogError): void {
    this.#options.stats.consumerErrors += 1
    this.#options.logger.error('consumer_error', { kind: error.kind, code: error.code, error })
    const outOfRange = error.code === 'DRK_LOG_OFFSET_OUT_OF_RANGE' && this.#options.stopWhenOutOfRange
    if (error.kind === 'fatal' || outOfRange) this.#options.onFatal(error)
  }

  /** Backpressure: pauses or resumes every assigned partition. */
  setPaused(paused: boolean): void {
    this.#pauses.setAll(paused)
  }

  /** Pauses or resumes one partition, whatever the others do. */
  setBlocked(partition: number, blocked: boolean): void {
    this.#pauses.setBlocked(partition, blocked)
  }

  /** Nothing new starts in any partition. */
  stop(): void {
    this.#stopping = true
    this.#pauses.stop()
    for (const processor of this.#processors.values()) processor.stop()
  }

  /** Waits for what runs, for at most the drain budget. False: some of it had to be given up, and is killed. */
  async drainAll(): Promise<boolean> {
    const all = [...this.#processors.values()]
    if (await this.#drain(all)) return true
    const left = all.filter((processor) => !processor.isIdle)
    this.#options.logger.error('drain_timeout', { partitions: left.map(({ assignment }) => assignment.partition) })
    for (const processor of left) processor.abandon()
    return false
  }

  /** Resolves when no revocation is under way any more (spec REB-10). */
  revocationsEnded(): Promise<void> {
    return this.#leaving.idle()
  }

  /** Gives up whatever is left. Resolves when nothing of it runs any more. */
  async abandonAll(): Promise<void> {
    const all = [...this.#processors.values()]
    this.#drop(all)
    await Promise.all(all.map((processor) => processor.drained()))
  }

  async #leave(processors: readonly P[]): Promise<void> {
    const { clock, flushCommits } = this.#options
    const queueSizes = new Map(processors.map((processor) => [processor, processor.queueSize]))
    for (const processor of processors) processor.stop()
    if (!(await this.#drain(processors))) {
      const left = processors.filter((processor) => !processor.isIdle)
      for (const processor of left) this.#giveUp(processor, queueSizes.get(processor) ?? 0)
      await within(Promise.all(left.map((processor) => processor.drained())), { clock, limitMs: abandonTimeoutMs })
    }
    // Below what was given up there may be settled messages: nothing is gained by processing them again.
    await flushCommits(commitTimeoutMs)
    this.#drop(processors)
  }

  /** What outlasts the drain budget is killed before the partition is somebody else's: two owners never run it side by side. */
  #giveUp(processor: P, queueSize: number): void {
    this.#options.logger.error('stop_processor_drain_timeout', {
      partition: processor.assignment.partition,
      in_flight: processor.inFlightTasks,
      queue_size: queueSize,
    })
    processor.abandon()
  }

  async #drain(processors: readonly P[]): Promise<boolean> {
    const { clock, drainTimeoutMs } = this.#options
    const calm = this.#options.hurry()
    const drained = await within(Promise.all(processors.map((processor) => processor.drained())), { clock, limitMs: drainTimeoutMs })
    calm()
    return drained
  }

  #ofPartitions(partitions: readonly number[]): readonly P[] {
    return partitions.flatMap((partition) => this.#processors.get(partition) ?? [])
  }

  /** Ends these assignments, and not those that have taken their place meanwhile. */
  #drop(processors: readonly P[]): void {
    const gone: number[] = []
    for (const processor of processors) {
      const { partition } = processor.assignment
      processor.abandon()
      if (this.#processors.get(partition) !== processor) continue
      this.#processors.delete(partition)
      gone.push(partition)
    }
    this.#pauses.remove(gone)
    const left = gone.filter((partition) => this.#announced.delete(partition))
    if (left.length > 0) this.#options.ownership.revoked(left)
  }
}
