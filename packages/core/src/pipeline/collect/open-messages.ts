/** The messages of an assignment that are taken and not settled, and what they count for in flow control. */
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorTask } from '../../model/task.ts'
import type { FlowShare } from '../source/flow-share.ts'
import type { OpenWindow } from '../window/open-window.ts'
import { MessageProgress } from './message-progress.ts'

export class OpenMessages {
  readonly #byOffset = new Map<number, MessageProgress>()
  readonly #flow: FlowShare

  constructor(flow: FlowShare) {
    this.#flow = flow
  }

  /** The message counts in flow control already, since it was queued. */
  open(message: SourceMessage, window: OpenWindow): MessageProgress {
    const progress = new MessageProgress(message, window)
    this.#byOffset.set(message.offset, progress)
    return progress
  }

  get(offset: number): MessageProgress | undefined {
    return this.#byOffset.get(offset)
  }

  /** Tasks may still be made for the message. */
  takesTasks(offset: number): boolean {
    return this.#byOffset.get(offset)?.isClosed === false
  }

  /** The open messages a task works for. */
  of(task: ExecutorTask): readonly MessageProgress[] {
    return task.sourceOffsets.flatMap((offset) => this.#byOffset.get(offset) ?? [])
  }

  /** Changes a message's progress and tells flow control what that makes of it. */
  change(progress: MessageProgress, change: () => void): void {
    const { units, bytes } = progress
    change()
    this.#flow.add(progress.units - units, progress.bytes - bytes)
  }

  /** True exactly once per message: it is settled and counts no more. */
  settle(progress: MessageProgress): boolean {
    if (!this.#byOffset.delete(progress.message.offset)) return false
    this.#flow.add(-progress.units, -progress.bytes)
    return true
  }

  /** Gives all of them up; whoever ends the assignment releases its share of flow control. */
  clear(): void {
    this.#byOffset.clear()
  }
}
