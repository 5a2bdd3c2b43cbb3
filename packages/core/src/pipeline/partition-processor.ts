/**
 * One assignment of one partition: source → window → arrange → execute → collect → deliver → settle → commit. Whatever
 * belongs to the assignment lives here and ends with it, so that nothing of it can commit through a later one.
 */
import { setMaxListeners } from 'node:events'
import type { Assignment, CommitRequest, LogRecord } from '@drakkar/plugin-sdk/log'
import type { SourceMessage } from '../model/message.ts'
import type { ExecutorTask } from '../model/task.ts'
import { InFlight } from '../runtime/in-flight.ts'
import { OffsetTracker } from './commit/offset-tracker.ts'
import { deliveryOrigin, type OriginFacts } from './collect/delivery-origin.ts'
import type { MessageProgress } from './collect/message-progress.ts'
import { OpenMessages } from './collect/open-messages.ts'
import { TaskBook } from './collect/task-book.ts'
import { deadLetterMessage, type TaskScope } from './collect/task-runner.ts'
import { arrangeWindow } from './window/arrange.ts'
import type { Decoded } from './window/decode.ts'
import type { DeliveryOrigin } from './sinks/delivery-group.ts'
import type { ManagedSink } from './sinks/managed-sink.ts'
import type { RoutedGroup } from './sinks/route.ts'
import type { PipelineShared } from './pipeline-shared.ts'
import { FlowShare } from './source/flow-share.ts'
import { bytesOf, RecordQueue } from './window/record-queue.ts'

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
  readonly #open: OpenMessages
  readonly #book = new TaskBook()
  readonly #work: InFlight
  readonly #admission = new AbortController()
  readonly #kill = new AbortController()
  readonly #scope: TaskScope
  #firstOffset: number | null = null
  #looping = false
  /** Too much is uncommitted. What waits then counts for nothing in flow control, so that it does not pause other partitions. */
  #blocked = false
  readonly #flow: FlowShare

  constructor(assignment: Assignment, shared: PipelineShared) {
    this.assignment = assignment
    this.#shared = shared
    this.#work = new InFlight(shared.onDefect)
    this.#flow = new FlowShare(shared.flow)
    this.#open = new OpenMessages(this.#flow)
    setMaxListeners(0, this.#admission.signal, this.#kill.signal)
    this.#scope = this.#createScope()
    if (assignment.committed !== null) this.#tracker.acknowledgeCommit(assignment.committed)
  }

  /** Messages that wait for a window. */
  get queueSize(): number {
    return this.#queue.length
  }

  /** Tasks between their start and the settlement of their payloads. */
  get inFlightTasks(): number {
    return this.#book.size
  }

  /** Offsets taken into a window and not settled. */
  get pendingOffsets(): number {
    return this.#tracker.pendingCount
  }

  /** Nothing of this assignment is running or being delivered. */
  get isIdle(): boolean {
    return this.#work.count === 0
  }

  /** Takes records over; returns at once. After `stop` they are ignored and stay uncommitted. */
  enqueue(records: readonly LogRecord[]): void {
    if (this.#admission.signal.aborted) return
    if (this.#firstOffset === null) this.#begin(records)
    this.#queue.push(records)
    this.#shared.stats.consumed += records.length
    this.#flow.add(this.#blocked ? 0 : records.length, bytesOf(records))
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
    const left = this.#queue.clear()
    this.#flow.add(-left.count, -left.bytes)
  }

  /** Resolves when nothing of this assignment is running or being delivered. */
  drained(): Promise<void> {
    return this.#work.idle()
  }

  /**
   * Gives up everything: running tasks are killed, deliveries abandoned, nothing more is settled. Ends every
   * processor, also one that has drained.
   */
  abandon(): void {
    this.stop()
    this.#kill.abort()
    this.#open.clear()
    this.#flow.release()
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
    this.#flow.add(blocked ? -this.#queue.length : this.#queue.length, 0)
    this.#shared.onBlocked(this.assignment.partition, blocked)
  }

  #wake(): void {
    if (!this.#looping && !this.#blocked && this.#queue.length > 0 && !this.#admission.signal.aborted) this.#work.track(this.#loop())
  }

  async #loop(): Promise<void> {
    this.#looping = true
    await Promise.resolve()
    while (this.#queue.length > 0 && !this.#admission.signal.aborted) {
      if (this.#tracker.trackedCount >= maxUncommitted) {
        this.#setBlocked(true)
        break
      }
      await this.#processWindow(this.#queue.take(this.#shared.windowSize))
    }
    this.#looping = false
  }

  async #processWindow(records: readonly LogRecord[]): Promise<void> {
    this.#shared.stats.windows += 1
    const messages: SourceMessage[] = []
    for (const record of records) this.#tracker.register(record.offset)
    for (const record of records) {
      const pending = this.#shared.decoder.decode(record, this.#kill.signal)
      const decoded = pending instanceof Promise ? await pending : pending
      if (this.#kill.signal.aborted) return
      this.#admit(decoded, messages)
    }
    if (messages.length > 0) await this.#arrange(messages)
  }

  /** Opens the message's progress; an undecodable one goes its own way without holding up its neighbours. */
  #admit(decoded: Decoded, messages: SourceMessage[]): void {
    const progress = this.#open.open(decoded.message, this.#shared.clock.now())
    if (decoded.ok) {
      messages.push(decoded.message)
      return
    }
    this.#shared.stats.undecodable += 1
    if (this.#shared.onInvalidMessage === 'pass') messages.push(decoded.message)
    else this.#buryMessage(progress, { stage: 'deserialize', error: decoded.error, attempts: 1 })
  }

  async #arrange(messages: readonly SourceMessage[]): Promise<void> {
    const { tasks, poisoned, attempts } = await arrangeWindow(this.#shared.arrange, {
      messages,
      pending: () => this.#book.pending(),
      admission: this.#admission.signal,
      signal: this.#kill.signal,
    })
    if (this.#admission.signal.aborted) return
    for (const { message, error } of poisoned) {
      const progress = this.#open.get(message.offset)
      if (progress !== undefined) this.#buryMessage(progress, { stage: 'arrange', error, attempts })
    }
    this.#schedule(tasks)
    for (const message of messages) this.#completeIfDone(message.offset)
  }

  #schedule(tasks: readonly ExecutorTask[]): void {
    const admitted = tasks.map((task) => this.#book.admit(task, (offset) => this.#open.takesTasks(offset)))
    for (const { task, renamedFrom } of admitted) {
      if (renamedFrom !== null) this.#shared.logger.warn('duplicate_task_id_in_pending', { task_id: renamedFrom, renamed_to: task.taskId })
      for (const progress of this.#open.of(task)) this.#open.change(progress, () => progress.addTask(task))
    }
    for (const { task } of admitted) this.#work.track(this.#runTask(task))
  }

  async #runTask(task: ExecutorTask): Promise<void> {
    const settled = await this.#shared.runner.run(task, this.#scope)
    const progresses = this.#open.of(task)
    this.#book.remove(task)
    for (const progress of progresses) {
      this.#open.change(progress, () => progress.endTask(settled))
      this.#completeIfDone(progress.message.offset)
    }
  }

  #completeIfDone(offset: number): void {
    const progress = this.#open.get(offset)
    if (progress === undefined || this.#kill.signal.aborted || !progress.close()) return
    if (this.#shared.hooks.hasMessageComplete) this.#work.track(this.#completeMessage(progress))
    else this.#settle(progress)
  }

  async #completeMessage(progress: MessageProgress): Promise<void> {
    const { hooks, sinks, clock } = this.#shared
    let groups: readonly RoutedGroup<ManagedSink>[]
    try {
      groups = sinks.route(await hooks.messageComplete(progress.group(clock.now()), this.#kill.signal))
    } catch (error) {
      if (this.#kill.signal.aborted) return
      this.#shared.logger.error('on_message_complete_failed', { ...this.#place(progress), error })
      await this.#deadLetterMessage(progress, { stage: 'on_message_complete', error, attempts: 1 })
      return
    }
    // A rejection of `deliver` is a defect of ours: the message must not settle.
    const { message, taskIds } = progress
    const origin = (): DeliveryOrigin => this.#origin({ messages: [message], taskIds, hook: 'on_message_complete', ordinal: '0' })
    if (groups.length === 0 || (await sinks.deliver(groups, origin()))) this.#settle(progress)
  }

  /** Sends a message to the dead-letter log as a whole; only that settles it from here on. */
  #buryMessage(progress: MessageProgress, why: { stage: string; error: unknown; attempts: number }): void {
    progress.closeAsDead()
    this.#work.track(this.#deadLetterMessage(progress, why))
  }

  async #deadLetterMessage(progress: MessageProgress, why: { stage: string; error: unknown; attempts: number }): Promise<void> {
    this.#shared.stats.poisoned += 1
    const { deadLetters } = this.#shared
    if (await deadLetterMessage(deadLetters, progress.message, { ...why, signal: this.#kill.signal })) this.#settle(progress)
  }

  /** The message has reached its end: its offset no longer holds the watermark back. */
  #settle(progress: MessageProgress): void {
    if (this.#kill.signal.aborted) return
    if (!this.#open.settle(progress)) return
    const { offset } = progress.message
    this.#book.forget(offset)
    this.#tracker.complete(offset)
    this.#shared.stats.completed += 1
    this.#shared.onProgress()
  }

  #createScope(): TaskScope {
    return {
      admission: this.#admission.signal,
      kill: this.#kill.signal,
      messages: (task) => this.#open.of(task).map((progress) => progress.message),
      origin: (task) => {
        const messages = this.#scope.messages(task)
        return this.#origin({ messages, taskIds: [task.taskId], hook: 'on_task_complete', ordinal: this.#book.ordinal(task) })
      },
      succeeded: (task, result) => {
        if (!this.#shared.hooks.hasMessageComplete) return
        for (const progress of this.#open.of(task)) this.#open.change(progress, () => progress.addResult(result))
      },
      failed: (task, error) => {
        if (!this.#shared.hooks.hasMessageComplete) return
        for (const progress of this.#open.of(task)) this.#open.change(progress, () => progress.addError(error))
      },
      replace: (task, replacements) => {
        const heirs = this.#book.heirs(task, replacements)
        if (heirs === null) this.#shared.logger.error('replacement_chain_too_long', { task_id: task.taskId })
        else this.#schedule(heirs)
        return heirs !== null
      },
    }
  }

  #origin(facts: Pick<OriginFacts, 'messages' | 'taskIds' | 'hook' | 'ordinal'>): DeliveryOrigin {
    return deliveryOrigin({ ...facts, topic: this.#shared.topic, partition: this.assignment.partition, signal: this.#kill.signal })
  }

  #place(progress: MessageProgress): Readonly<Record<string, unknown>> {
    return { partition: progress.message.partition, offset: progress.message.offset }
  }
}
