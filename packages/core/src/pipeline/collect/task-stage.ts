/**
 * The tasks of an assignment, from `arrange` to settled: when they start, and what their ends mean for messages and windows.
 * With `executor.ordering` a message and its tasks wait for their turn; without, nothing of that is there.
 */
import type { SourceMessage } from '../../model/message.ts'
import type { ExecutorTask } from '../../model/task.ts'
import type { AssignmentScope } from '../assignment-scope.ts'
import type { PipelineShared } from '../pipeline-shared.ts'
import type { OpenWindow } from '../window/open-window.ts'
import { Turns } from '../window/turns.ts'
import { tieUnits, type Unit } from '../window/units.ts'
import type { WindowEnd } from '../window/window-end.ts'
import type { ArrangedWindow } from '../window/window-intake.ts'
import { deliveryOrigin } from './delivery-origin.ts'
import { FairAges } from './fair-ages.ts'
import type { MessageEnd } from './message-end.ts'
import type { MessageProgress } from './message-progress.ts'
import type { TaskScope } from './task-runner.ts'

export interface TaskStagePorts {
  readonly messageEnd: MessageEnd
  readonly windowEnd: WindowEnd
}

/** What starts together. */
interface Start extends Unit {
  readonly window: OpenWindow
  readonly scope: TaskScope
}

export class TaskStage {
  readonly #scope: AssignmentScope
  readonly #ports: TaskStagePorts
  readonly #turns: Turns<Start> | null
  readonly #ages: FairAges | null

  constructor(scope: AssignmentScope, ports: TaskStagePorts) {
    this.#scope = scope
    this.#ports = ports
    const { ordering, servedAge } = scope.shared
    this.#ages = servedAge === null ? null : new FairAges(servedAge)
    const lineOf = (offset: number): string | null => orderingLine(ordering, scope.open.get(offset)?.message)
    this.#turns = ordering === 'none' ? null : new Turns({ lineOf, start: (unit) => this.#start(unit) })
  }

  /** All tasks of a window, at once or at their turns; messages without tasks are complete then (spec WIN-5, WIN-6). */
  schedule(window: OpenWindow, { messages, tasks }: ArrangedWindow): void {
    if (tasks.length > 0 && this.#scope.shared.hooks.hasWindowComplete) window.hold(messages)
    const admitted = this.#admit(window, tasks)
    this.#reportDetached(window, admitted)
    for (const progress of messages) progress.markArranged(this.#ages?.take(progress.units))
    const offsets = messages.map(({ message }) => message.offset)
    const scope = this.#taskScope(window)
    if (this.#turns === null) this.#start({ offsets, tasks: admitted, window, scope })
    else this.#turns.enter(tieUnits(offsets, admitted).map((unit) => ({ ...unit, window, scope })))
  }

  /** Once per message, when everything that came of it by itself is settled. */
  messageEnded({ message }: MessageProgress): void {
    this.#turns?.messageEnded(message.offset)
  }

  /** What has not come to its turn never does; what has started goes on. */
  stop(): void {
    this.#turns?.stop()
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

  #start({ offsets, tasks, window, scope }: Start): void {
    this.#startTasks(tasks, window, scope)
    for (const offset of offsets) {
      const progress = this.#scope.open.get(offset)
      if (progress !== undefined) this.#completeIfDone(progress)
    }
  }

  #startTasks(tasks: readonly ExecutorTask[], window: OpenWindow, scope: TaskScope): void {
    for (const task of tasks) this.#scope.work.track(this.#run(task, window, scope))
  }

  async #run(task: ExecutorTask, window: OpenWindow, scope: TaskScope): Promise<void> {
    const { shared, open, book } = this.#scope
    const settled = await shared.runner.run(task, scope)
    const progresses = open.of(task)
    // A task without an open message has no place in line: its end says nothing about how far the executors have got.
    if (progresses.length > 0) this.#ages?.ended(this.#ageOf(task))
    book.remove(task)
    if (settled) window.taskEnded()
    for (const progress of progresses) {
      open.change(progress, () => progress.endTask(settled))
      this.#completeIfDone(progress)
    }
    this.#ports.windowEnd.completeIfDone(window)
    if (settled) this.#turns?.taskEnded(task)
  }

  /** Smaller is older: the smallest source offset, or what stands for it among all partitions. */
  #ageOf({ sourceOffsets: [first] }: ExecutorTask): number {
    if (this.#ages === null) return first ?? 0
    const age = first === undefined ? undefined : this.#scope.open.get(first)?.age
    return age ?? this.#ages.present
  }

  /** Tasks of others may name a message before its own turn: it completes at its turn. */
  #completeIfDone(progress: MessageProgress): void {
    if (this.#turns === null || this.#turns.hasTurn(progress.message.offset)) this.#ports.messageEnd.completeIfDone(progress)
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
      age: (task) => this.#ageOf(task),
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
      replace: (task, replacements) => this.#replace(task, replacements, { window, scope }),
    }
    return scope
  }

  #replace(task: ExecutorTask, replacements: readonly ExecutorTask[], { window, scope }: Pick<Start, 'window' | 'scope'>): boolean {
    const heirs = this.#scope.book.heirs(task, replacements)
    if (heirs === null) {
      this.#scope.shared.logger.error('replacement_chain_too_long', { task_id: task.taskId })
      return false
    }
    const admitted = this.#admit(window, heirs)
    for (const heir of admitted) this.#turns?.taskReplaced(task, heir)
    this.#startTasks(admitted, window, scope)
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

function orderingLine(ordering: PipelineShared['ordering'], message: SourceMessage | undefined): string | null {
  if (ordering === 'partition') return ''
  const key = message?.key ?? null
  return key === null ? null : key.toString('latin1')
}
