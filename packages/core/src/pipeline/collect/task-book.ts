/**
 * The tasks of a partition that are under way: unique ids, descent of replacements, and each task's place among those of
 * the same source messages (for payload ids that are the same when the messages are processed again). A task without
 * source messages has nothing that could come again: its place is its own.
 */
import { randomUUID } from 'node:crypto'
import type { ExecutorTask, PendingContext } from '../../model/task.ts'

interface Entry {
  readonly generation: number
  readonly ordinal: string
}

export interface Admitted {
  readonly task: ExecutorTask
  /** The id the handler gave, when another task under way had it already. */
  readonly renamedFrom: string | null
}

/** Longest chain of replacements of replacements (spec GRP-8). */
export const maxGenerations = 100

export class TaskBook {
  readonly #tasks = new Map<string, ExecutorTask>()
  readonly #entries = new Map<string, Entry>()
  /** Per set of source offsets with tasks under way: how many there were, and how many there are. */
  readonly #families = new Map<string, { admitted: number; open: number }>()
  /** Filled by `heirs`, read by the following `admit`. */
  readonly #descent = new WeakMap<ExecutorTask, Entry>()

  get size(): number {
    return this.#tasks.size
  }

  /** Registers a task; offsets that are not open in the partition are taken out (spec WIN-12). */
  admit(input: ExecutorTask, isOpen: (offset: number) => boolean): Admitted {
    const sourceOffsets = [...new Set(input.sourceOffsets.filter(isOpen))].toSorted((a, b) => a - b)
    const taskId = this.#freeId(input.taskId)
    const task = { ...input, taskId, sourceOffsets }
    const place = this.#joinFamily(sourceOffsets)
    this.#entries.set(
      taskId,
      this.#descent.get(input) ?? { generation: 0, ordinal: sourceOffsets.length === 0 ? randomUUID() : String(place) },
    )
    this.#tasks.set(taskId, task)
    return { task, renamedFrom: taskId === input.taskId ? null : input.taskId }
  }

  remove(task: ExecutorTask): void {
    this.#tasks.delete(task.taskId)
    this.#entries.delete(task.taskId)
    const key = familyKey(task.sourceOffsets)
    const family = this.#families.get(key)
    if (family === undefined) return
    family.open -= 1
    if (family.open === 0) this.#families.delete(key)
  }

  ordinal(task: ExecutorTask): string {
    return this.#entries.get(task.taskId)?.ordinal ?? '0'
  }

  /** The replacements of a task with what they inherit (spec GRP-6…9); null when the chain is too long. */
  heirs(parent: ExecutorTask, replacements: readonly ExecutorTask[]): readonly ExecutorTask[] | null {
    const entry = this.#entries.get(parent.taskId) ?? { generation: 0, ordinal: '0' }
    if (entry.generation >= maxGenerations) return null
    return replacements.map((replacement, index) => {
      const heir = {
        ...replacement,
        parentTaskId: replacement.parentTaskId ?? parent.taskId,
        sourceOffsets: replacement.sourceOffsets.length === 0 ? parent.sourceOffsets : replacement.sourceOffsets,
      }
      this.#descent.set(heir, { generation: entry.generation + 1, ordinal: `${entry.ordinal}.${index}` })
      return heir
    })
  }

  /** A snapshot for `arrange`. */
  pending(): PendingContext {
    return { pendingTasks: [...this.#tasks.values()], pendingTaskIds: new Set(this.#tasks.keys()) }
  }

  #freeId(taskId: string): string {
    if (!this.#tasks.has(taskId)) return taskId
    let number = 2
    while (this.#tasks.has(`${taskId}#${number}`)) number += 1
    return `${taskId}#${number}`
  }

  #joinFamily(sourceOffsets: readonly number[]): number {
    const key = familyKey(sourceOffsets)
    const family = this.#families.get(key)
    if (family === undefined) {
      this.#families.set(key, { admitted: 1, open: 1 })
      return 0
    }
    family.open += 1
    family.admitted += 1
    return family.admitted - 1
  }
}

function familyKey(sourceOffsets: readonly number[]): string {
  return sourceOffsets.length === 1 ? String(sourceOffsets[0]) : sourceOffsets.join(',')
}
