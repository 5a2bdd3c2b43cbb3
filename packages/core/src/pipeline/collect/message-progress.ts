/** What has come of one source message so far: tasks fan out of it and their ends come back in (spec TSK-6). */
import type { MessageGroup } from '../../model/group.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorError, ExecutorResult, ExecutorTask } from '../../model/task.ts'

export class MessageProgress {
  readonly message: SourceMessage
  readonly #startedAtMs: number
  readonly #tasks: ExecutorTask[] = []
  readonly #results: ExecutorResult[] = []
  readonly #errors: ExecutorError[] = []
  #bytes: number
  #openTasks = 0
  #abandoned = false
  #closed = false

  constructor(message: SourceMessage, startedAtMs: number) {
    this.message = message
    this.#bytes = message.value.length + (message.key?.length ?? 0)
    this.#startedAtMs = startedAtMs
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

  get taskIds(): readonly string[] {
    return this.#tasks.map((task) => task.taskId)
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
  }

  /** True exactly once: when all tasks have ended and none was given up. */
  close(): boolean {
    if (this.#closed || this.#abandoned || this.#openTasks > 0) return false
    this.#closed = true
    return true
  }

  group(finishedAtMs: number): MessageGroup {
    const total = this.#tasks.length
    const succeeded = this.#results.length
    const failed = this.#errors.length
    return {
      sourceMessage: this.message,
      tasks: this.#tasks,
      results: this.#results,
      errors: this.#errors,
      startedAt: this.#startedAtMs / 1000,
      finishedAt: finishedAtMs / 1000,
      succeeded,
      failed,
      total,
      replaced: Math.max(0, total - succeeded - failed),
      allSucceeded: failed === 0 && succeeded > 0,
      anyFailed: failed > 0,
      isEmpty: total === 0,
      durationSeconds: Math.max(0, (finishedAtMs - this.#startedAtMs) / 1000),
    }
  }
}

function outputBytes(result: ExecutorResult): number {
  return result.stdoutBytes.length + result.stderrBytes.length
}
