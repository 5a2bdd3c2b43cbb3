/**
 * The consumer's listener: keeps one processor per assignment and gives each record to its partition's (spec sections 4
 * and 6).
 */
import type { Assignment, ConsumerListener, LogConsumer, LogRecord } from '@drakkar/plugin-sdk/log'
import type { Clock, LogError } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../../observability/logger.ts'
import type { PartitionProcessor } from '../partition-processor.ts'

export interface SourceOptions {
  readonly createProcessor: (assignment: Assignment) => PartitionProcessor
  readonly consumer: LogConsumer
  /** Commits what is committable, at once. */
  readonly commitNow: () => Promise<boolean>
  readonly drainTimeoutMs: number
  readonly clock: Clock
  readonly logger: AppLogger
  /** The consumer has ended by itself. */
  readonly onFatal: (error: LogError) => void
}

export class Source implements ConsumerListener {
  readonly #options: SourceOptions
  readonly #processors = new Map<number, PartitionProcessor>()
  readonly #blocked = new Set<number>()
  #unroutable = 0
  #errors = 0
  #paused = false

  constructor(options: SourceOptions) {
    this.#options = options
  }

  get processors(): Iterable<PartitionProcessor> {
    return this.#processors.values()
  }

  get partitions(): readonly number[] {
    return [...this.#processors.keys()].toSorted((a, b) => a - b)
  }

  /** Records for partitions without a processor: not processed, not committed (spec SRC-4). */
  get unroutableCount(): number {
    return this.#unroutable
  }

  get errorCount(): number {
    return this.#errors
  }

  onRecords(partition: number, records: readonly LogRecord[]): void {
    const processor = this.#processors.get(partition)
    if (processor === undefined) this.#unroutable += records.length
    else processor.enqueue(records)
  }

  onAssign(assignments: readonly Assignment[]): void {
    const partitions = assignments.map(({ partition }) => partition)
    for (const assignment of assignments) {
      this.#processors.get(assignment.partition)?.abandon()
      this.#processors.set(assignment.partition, this.#options.createProcessor(assignment))
    }
    if (this.#paused) this.#options.consumer.pause(partitions)
    this.#options.logger.info('partitions_assigned', { partitions })
  }

  async onRevoke(partitions: readonly number[]): Promise<void> {
    const leaving = partitions.flatMap((partition) => this.#processors.get(partition) ?? [])
    this.#options.logger.info('partitions_revoked', { partitions })
    for (const processor of leaving) processor.stop()
    await this.#drain(leaving)
    await this.#options.commitNow()
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
    this.#errors += 1
    this.#options.logger.error('consumer_error', { kind: error.kind, code: error.code, error })
    if (error.kind === 'fatal') this.#options.onFatal(error)
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
    for (const processor of this.#processors.values()) processor.stop()
  }

  /** Waits for what runs, for at most the drain budget. False: some of it had to be given up. */
  async drainAll(): Promise<boolean> {
    return this.#drain([...this.#processors.values()])
  }

  /** Gives up whatever is left and resolves when nothing of it runs any more. */
  async abandonAll(): Promise<void> {
    const all = [...this.#processors.values()]
    this.#drop(this.partitions)
    await Promise.all(all.map((processor) => processor.drained()))
  }

  async #drain(processors: readonly PartitionProcessor[]): Promise<boolean> {
    const { clock, drainTimeoutMs, logger } = this.#options
    const done = new AbortController()
    const drained = Promise.all(processors.map((processor) => processor.drained())).then(() => true)
    const budget = clock.sleep(drainTimeoutMs, done.signal).then(() => false)
    const ok = await Promise.race([drained, budget])
    done.abort()
    if (ok) return true
    const left = processors.filter((processor) => processor.inFlightTasks > 0 || processor.pendingOffsets > 0)
    logger.error('drain_timeout', { partitions: left.map(({ assignment }) => assignment.partition) })
    return false
  }

  #apply(partitions: readonly number[], pause: boolean): void {
    if (pause) this.#options.consumer.pause(partitions)
    else this.#options.consumer.resume(partitions)
    this.#options.logger.debug(pause ? 'partitions_paused' : 'partitions_resumed', { partitions })
  }

  #drop(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#processors.get(partition)?.abandon()
      this.#processors.delete(partition)
    }
  }
}
