/** What has come of one source message so far: tasks fan out of it and their ends come back in (spec TSK-6). */
import type { MessageGroup } from '../../model/group.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask } from '../../model/task.ts'
import type { OpenWindow } from '../window/open-window.ts'

export class MessageProgress {
  readonly message: SourceMessage
  /** The window it was taken in. */
  readonly window: OpenWindow
  /** The window whose end its offset waits for; null: none. */
  heldBy: OpenWindow | null = null
  readonly #tasks: ExecutorTask[] = []
  readonly #results: ExecutorResult[] = []
  readonly #errors: ExecutorError[] = []
  #bytes: number
  #openTasks = 0
  #arranged = false
  #age: number | undefined
  #abandoned = false
  #closed = false
  #isDead = false

  constructor(message: SourceMessage, window: OpenWindow) {
    this.message = message
    this.window = window
    this.#bytes = message.value.length + (message.key?.length ?? 0)
  }

  /** What the message counts for in flow control: itself, or its tasks under way when there are several. */
  get units(): number {
    return Math.max(1, this.#openTasks)
  }

  /** Key, value, and the output of the results that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** Nothing more will complete the message by itself: it is complete, or has been dead-lettered. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** It goes, or went, to the dead-letter log as a whole. */
  get isDead(): boolean {
    return this.#isDead
  }

  get taskIds(): readonly string[] {
    return this.#tasks.map((task) => task.taskId)
  }

  /** The tasks of its own window are there. Until then it cannot complete, whatever tasks of other windows come to. */
  markArranged(age?: number): void {
    this.#arranged = true
    this.#age = age
  }

  /** With `executor.priority: fair`, since it was arranged. */
  get age(): number | undefined {
    return this.#age
  }

  addTask(task: ExecutorTask): void {
    this.#tasks.push(task)
    this.#openTasks += 1
  }

  addResult(result: ExecutorResult): void {
    this.#results.push(result)
    this.#bytes += outputBytes(result)
  }

  addError(error: ExecutorError): void {
    this.#errors.push(error)
    this.#bytes += outputBytes(error.result)
  }

  /** One task has ended; `settled` false: it was given up, and the message will never complete in this assignment. */
  endTask(settled: boolean): void {
    this.#openTasks -= 1
    if (!settled) this.#abandoned = true
  }

  /** The message goes to the dead-letter log as a whole: what still runs for it does not complete it. */
  closeAsDead(): void {
    this.#closed = true
    this.#isDead = true
  }

  /** True exactly once: when it has been arranged, all tasks have ended and none was given up. */
  close(): boolean {
    if (this.#closed || this.#abandoned || !this.#arranged || this.#openTasks > 0) return false
    this.#closed = true
    return true
  }

  group(finishedAtMs: number): MessageGroup {
    const { startedAtMs } = this.window
    const total = this.#tasks.length
    const succeeded = this.#results.length
    const failed = this.#errors.length
    return {
      sourceMessage: this.message,
      tasks: this.#tasks,
      results: this.#results,
      errors: this.#errors,
      startedAt: startedAtMs / 1000,
      finishedAt: finishedAtMs / 1000,
      succeeded,
      failed,
      total,
      replaced: Math.max(0, total - succeeded - failed),
      allSucceeded: failed === 0 && succeeded > 0,
      anyFailed: failed > 0,
      isEmpty: total === 0,
      durationSeconds: Math.max(0, (finishedAtMs - startedAtMs) / 1000),
    }
  }
}

function outputBytes(result: ExecutorResult): number {
  return result.stdoutBytes.length + result.stderrBytes.length
}
