/**
 * One window, from its cut until all that came of it is over: how many of its tasks and messages are still open, and what
 * its tasks came to (spec WIN-8, WIN-9).
 */
import type { MessageProgress } from '../collect/message-progress.ts'
import type { ExecutorResult } from '../../model/task.ts'

export class OpenWindow {
  /** Counts up from 1 within an assignment (spec WIN-2). */
  readonly id: number
  readonly partition: number
  /** Unix milliseconds. */
  readonly startedAtMs: number
  readonly #results: ExecutorResult[] = []
  #held: readonly MessageProgress[] | null = null
  #openTasks = 0
  #openMessages = 0
  #bytes = 0
  #closed = false

  constructor(facts: { readonly id: number; readonly partition: number; readonly startedAtMs: number }) {
    this.id = facts.id
    this.partition = facts.partition
    this.startedAtMs = facts.startedAtMs
  }

  /** Messages whose offsets wait for the end of the window, in offset order; null when each is settled by itself. */
  get held(): readonly MessageProgress[] | null {
    return this.#held
  }

  /** One entry per terminal task that was not replaced, in the order of their ends. Empty unless messages are held. */
  get results(): readonly ExecutorResult[] {
    return this.#results
  }

  /** What the results that are kept count for in flow control. */
  get bytes(): number {
    return this.#bytes
  }

  /** The messages settle together, when `onWindowComplete` has had its say. Before any task or message of the window ends. */
  hold(messages: readonly MessageProgress[]): void {
    this.#held = messages
    this.#openMessages = messages.length
    for (const progress of messages) progress.heldBy = this
  }

  taskAdded(): void {
    this.#openTasks += 1
  }

  /** Not for a task that was given up: its window never completes in this assignment. */
  taskEnded(): void {
    this.#openTasks -= 1
  }

  /** A held message has come to its own end: its tasks, and what the hooks called for it returned. */
  messageEnded(): void {
    this.#openMessages -= 1
  }

  /** `bytes`: 0 when the output counts elsewhere. */
  keep(result: ExecutorResult, bytes: number): void {
    this.#results.push(result)
    this.#bytes += bytes
  }

  /** True exactly once: messages are held, and all tasks and messages of the window have ended. */
  close(): boolean {
    if (this.#held === null || this.#closed || this.#openTasks > 0 || this.#openMessages > 0) return false
    this.#closed = true
    return true
  }
}
