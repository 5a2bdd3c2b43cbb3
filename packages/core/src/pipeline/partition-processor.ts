/**
 * One assignment of one partition: source → window → arrange → execute → collect → deliver → settle → commit. Whatever
 * belongs to the assignment lives here and ends with it, so that nothing of it can commit through a later one.
 */
import { setMaxListeners } from 'node:events'
import type { Assignment, CommitRequest, LogRecord } from '@drakkar/plugin-sdk/log'
import { InFlight } from '../runtime/in-flight.ts'
import type { AssignmentScope } from './assignment-scope.ts'
import { MessageEnd } from './collect/message-end.ts'
import type { MessageProgress } from './collect/message-progress.ts'
import { OpenMessages } from './collect/open-messages.ts'
import { TaskBook } from './collect/task-book.ts'
import { TaskStage } from './collect/task-stage.ts'
import { OffsetTracker } from './commit/offset-tracker.ts'
import type { PipelineShared } from './pipeline-shared.ts'
import { FlowShare } from './source/flow-share.ts'
import { OpenWindow } from './window/open-window.ts'
import { bytesOf, RecordQueue } from './window/record-queue.ts'
import { WindowEnd } from './window/window-end.ts'
import { WindowIntake } from './window/window-intake.ts'

/**
 * Offsets of a partition that may be taken and not committed, beyond one window: bounds what one slow message makes a
 * crash run again, and what the tracker holds.
 */
export const maxUncommitted = 2000

export class PartitionProcessor {
  readonly assignment: Assignment
  readonly #shared: PipelineShared
  #tracker = new OffsetTracker()
  readonly #queue = new RecordQueue()
  readonly #admission = new AbortController()
  readonly #kill = new AbortController()
  readonly #scope: AssignmentScope
  readonly #intake: WindowIntake
  readonly #tasks: TaskStage
  readonly #windowEnd: WindowEnd
  #windows = 0
  /** Windows from their cut until their tasks are scheduled, and maybe one that has got there. */
  readonly #arranging: Promise<void>[] = []
  #firstOffset: number | null = null
  #looping = false
  /** Too much is uncommitted. What waits then counts for nothing in flow control, so that it does not pause other partitions. */
  #blocked = false

  constructor(assignment: Assignment, shared: PipelineShared) {
    this.assignment = assignment
    this.#shared = shared
    setMaxListeners(0, this.#admission.signal, this.#kill.signal)
    const flow = new FlowShare(shared.flow)
    this.#scope = {
      partition: assignment.partition,
      shared,
      flow,
      open: new OpenMessages(flow),
      book: new TaskBook(),
      work: new InFlight(shared.onDefect),
      admission: this.#admission.signal,
      kill: this.#kill.signal,
    }
    const messageEnd = new MessageEnd(this.#scope, (progress) => this.#messageEnded(progress))
    this.#windowEnd = new WindowEnd(this.#scope, (progress) => this.#settle(progress))
    this.#intake = new WindowIntake(this.#scope, messageEnd)
    this.#tasks = new TaskStage(this.#scope, { messageEnd, windowEnd: this.#windowEnd })
    if (assignment.committed !== null) this.#tracker.acknowledgeCommit(assignment.committed)
  }

  /** Messages that wait for a window. */
  get queueSize(): number {
    return this.#queue.length
  }

  /** Tasks between their start and the settlement of their payloads. */
  get inFlightTasks(): number {
    return this.#scope.book.size
  }

  /** Offsets taken into a window and not settled. */
  get pendingOffsets(): number {
    return this.#tracker.pendingCount
  }

  /** Nothing of this assignment is running or being delivered. */
  get isIdle(): boolean {
    return this.#scope.work.count === 0
  }

  /** Takes records over; returns at once. After `stop` they are ignored and stay uncommitted. */
  enqueue(records: readonly LogRecord[]): void {
    if (this.#admission.signal.aborted) return
    if (this.#firstOffset === null) this.#begin(records)
    this.#queue.push(records)
    this.#shared.stats.consumed += records.length
    this.#scope.flow.add(this.#blocked ? 0 : records.length, bytesOf(records))
    this.#wake()
  }

  /** The commit that is due, null when there is none. */
  commitRequest(): CommitRequest | null {
    const offset = this.#tracker.committable()
    const { partition, epoch } = this.assignment
    return offset === null ? null : { partition, epoch, offset }
  }

  /** The log has accepted the commit. */
  acknowledgeCommit(offset: number): void {
    this.#tracker.acknowledgeCommit(offset)
    if (this.#blocked && this.#tracker.trackedCount < maxUncommitted) this.#setBlocked(false)
    this.#wake()
  }

  /** Nothing new starts: queued messages and waiting tasks are left uncommitted, what runs goes on. */
  stop(): void {
    if (this.#admission.signal.aborted) return
    this.#admission.abort()
    if (this.#blocked) this.#setBlocked(false)
    this.#tasks.stop()
    const left = this.#queue.clear()
    this.#scope.flow.add(-left.count, -left.bytes)
  }

  /** Resolves when nothing of this assignment is running or being delivered. */
  drained(): Promise<void> {
    return this.#scope.work.idle()
  }

  /**
   * Gives up everything: running tasks are killed, deliveries abandoned, nothing more is settled. Ends every
   * processor, also one that has drained.
   */
  abandon(): void {
    this.stop()
    this.#kill.abort()
    this.#scope.open.clear()
    this.#scope.flow.release()
  }

  /** A position below the committed offset: the topic is a new one, and what was committed in the old one means nothing. */
  #begin(records: readonly LogRecord[]): void {
    this.#firstOffset = records[0]?.offset ?? null
    const { committed } = this.#tracker
    if (this.#firstOffset === null || committed === null || this.#firstOffset >= committed) return
    this.#shared.logger.warn('position_below_committed', { partition: this.assignment.partition, offset: this.#firstOffset, committed })
    this.#tracker = new OffsetTracker()
  }

  #setBlocked(blocked: boolean): void {
    this.#blocked = blocked
    this.#scope.flow.add(blocked ? -this.#queue.length : this.#queue.length, 0)
    this.#shared.onBlocked(this.assignment.partition, blocked)
  }

  #wake(): void {
    if (!this.#looping && !this.#blocked && this.#queue.length > 0 && !this.#admission.signal.aborted) this.#scope.work.track(this.#loop())
  }

  async #loop(): Promise<void> {
    this.#looping = true
    await Promise.resolve()
    while (this.#queue.length > 0 && !this.#admission.signal.aborted) {
      if (this.#tracker.trackedCount >= maxUncommitted) {
        this.#setBlocked(true)
        break
      }
      if (this.#arranging.length >= this.#shared.arrangeConcurrency) await this.#arranging.shift()
      else this.#beginWindow(this.#queue.take(this.#shared.windowSize))
    }
    this.#looping = false
  }

  /** The offsets are registered at once; its tasks are scheduled when those of the window before it are (spec WIN-13). */
  #beginWindow(records: readonly LogRecord[]): void {
    const processed = this.#processWindow(records, this.#arranging.at(-1))
    this.#scope.work.track(processed)
    this.#arranging.push(processed)
  }

  /** source → window → arrange → execute; what follows is driven by the ends of tasks. */
  async #processWindow(records: readonly LogRecord[], before: Promise<void> | undefined): Promise<void> {
    const window = this.#openWindow(records)
    const arranged = await this.#intake.arrange(window, records)
    if (before !== undefined) await before
    if (!this.#admission.signal.aborted) this.#tasks.schedule(window, arranged)
  }

  #openWindow(records: readonly LogRecord[]): OpenWindow {
    this.#shared.stats.windows += 1
    this.#windows += 1
    for (const record of records) this.#tracker.register(record.offset)
    return new OpenWindow({ id: this.#windows, partition: this.assignment.partition, startedAtMs: this.#shared.clock.now() })
  }

  /** Everything that came of the message by itself is settled. */
  #messageEnded(progress: MessageProgress): void {
    const window = progress.heldBy
    if (window === null) this.#settle(progress)
    else {
      window.messageEnded()
      this.#windowEnd.completeIfDone(window)
    }
    this.#tasks.messageEnded(progress)
  }

  /** The message's offset no longer holds the watermark back. */
  #settle(progress: MessageProgress): void {
    const { open, book } = this.#scope
    if (this.#kill.signal.aborted || !open.settle(progress)) return
    const { offset } = progress.message
    book.forget(offset)
    this.#tracker.complete(offset)
    this.#shared.stats.completed += 1
    this.#shared.onProgress()
  }
}
