/** The tasks of an assignment, from `arrange` to settled: their scheduling, and what their ends mean for messages and windows. */
import type { ExecutorTask } from '../../model/task.ts'
import type { AssignmentScope } from '../assignment-scope.ts'
import type { OpenWindow } from '../window/open-window.ts'
import type { WindowEnd } from '../window/window-end.ts'
import type { ArrangedWindow } from '../window/window-intake.ts'
import { deliveryOrigin } from './delivery-origin.ts'
import type { MessageEnd } from './message-end.ts'
import type { TaskScope } from './task-runner.ts'

export interface TaskStagePorts {
  readonly messageEnd: MessageEnd
  readonly windowEnd: WindowEnd
}

export class TaskStage {
  readonly #scope: AssignmentScope
  readonly #ports: TaskStagePorts

  constructor(scope: AssignmentScope, ports: TaskStagePorts) {
    this.#scope = scope
    this.#ports = ports
  }

  /** All tasks of a window at once; messages without tasks are complete (spec WIN-5, WIN-6). */
  schedule(window: OpenWindow, { messages, tasks }: ArrangedWindow): void {
    if (tasks.length > 0 && this.#scope.shared.hooks.hasWindowComplete) window.hold(messages)
    const admitted = this.#admit(window, tasks)
    this.#reportDetached(window, admitted)
    for (const progress of messages) progress.markArranged()
    this.#start(window, admitted)
    for (const progress of messages) this.#ports.messageEnd.completeIfDone(progress)
  }

  #admit(window: OpenWindow, tasks: readonly ExecutorTask[]): readonly ExecutorTask[] {
    const { book, open, shared } = this.#scope
    return tasks.map((given) => {
      const { task, renamedFrom } = book.admit(given, (offset) => open.takesTasks(offset))
      if (renamedFrom !== null) {
        const place = { partition: window.partition, window_id: window.id }
        shared.logger.warn('duplicate_task_id_in_pending', { ...place, task_id: renamedFrom, renamed_to: task.taskId })
      }
      window.taskAdded()
      for (const progress of open.of(task)) open.change(progress, () => progress.addTask(task))
      return task
    })
  }

  #start(window: OpenWindow, tasks: readonly ExecutorTask[]): void {
    if (tasks.length === 0) return
    const scope = this.#taskScope(window)
    for (const task of tasks) this.#scope.work.track(this.#run(task, window, scope))
  }

  async #run(task: ExecutorTask, window: OpenWindow, scope: TaskScope): Promise<void> {
    const { shared, open, book } = this.#scope
    const settled = await shared.runner.run(task, scope)
    const progresses = open.of(task)
    book.remove(task)
    if (settled) window.taskEnded()
    for (const progress of progresses) {
      open.change(progress, () => progress.endTask(settled))
      this.#ports.messageEnd.completeIfDone(progress)
    }
    this.#ports.windowEnd.completeIfDone(window)
  }

  /** One per window: tasks have no closures of their own. */
  #taskScope(window: OpenWindow): TaskScope {
    const { open, book, shared, admission, kill } = this.#scope
    const { windowEnd } = this.#ports
    const scope: TaskScope = {
      place: window,
      admission,
      kill,
      messages: (task) => open.of(task).map(({ message }) => message),
      age: (task) => task.sourceOffsets[0] ?? 0,
      origin: (task) => {
        const facts = { messages: scope.messages(task), taskIds: [task.taskId], ordinal: book.ordinal(task) }
        return deliveryOrigin(this.#scope, { ...facts, hook: 'on_task_complete' })
      },
      succeeded: (task, result) => {
        windowEnd.keep(window, result)
        if (!shared.hooks.hasMessageComplete) return
        for (const progress of open.of(task)) open.change(progress, () => progress.addResult(result))
      },
      failed: (task, error) => {
        windowEnd.keep(window, error.result)
        if (!shared.hooks.hasMessageComplete) return
        for (const progress of open.of(task)) open.change(progress, () => progress.addError(error))
      },
      replace: (task, replacements) => this.#replace(window, task, replacements),
    }
    return scope
  }

  #replace(window: OpenWindow, task: ExecutorTask, replacements: readonly ExecutorTask[]): boolean {
    const heirs = this.#scope.book.heirs(task, replacements)
    if (heirs === null) {
      this.#scope.shared.logger.error('replacement_chain_too_long', { task_id: task.taskId })
      return false
    }
    this.#start(window, this.#admit(window, heirs))
    return true
  }

  /** Once per window (spec WIN-12). */
  #reportDetached(window: OpenWindow, tasks: readonly ExecutorTask[]): void {
    const detached = tasks.filter((task) => task.sourceOffsets.length === 0)
    if (detached.length === 0) return
    const { logger } = this.#scope.shared
    const place = { partition: window.partition, window_id: window.id }
    logger.warn('task_without_source_offsets', { ...place, task_id: detached[0]?.taskId, task_count: detached.length })
  }
}
