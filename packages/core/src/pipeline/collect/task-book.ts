/**
 * The tasks of a partition that are under way: unique ids, descent of replacements, and each task's place among those of
 * the same source messages (for payload ids that are the same when the messages are processed again). A task without
 * source messages has nothing that could come again: its place is its own.
 */
import { randomUUID } from 'node:crypto'
import { unspecifiedOffsets } from '../../model/make-task.ts'
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
  /** Per set of source offsets: how many tasks there were. Kept until a message of the set is settled. */
  readonly #families = new Map<string, number>()
  readonly #familiesOf = new Map<number, Set<string>>()
  /** The next number to try for an id that is taken. */
  readonly #nextNumbers = new Map<string, number>()
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
    if (this.#tasks.size === 0) this.#nextNumbers.clear()
  }

  /** The message is settled: no task can name it any more. */
  forget(offset: number): void {
    for (const key of this.#familiesOf.get(offset) ?? []) this.#families.delete(key)
    this.#familiesOf.delete(offset)
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
        sourceOffsets: replacement.sourceOffsets === unspecifiedOffsets ? parent.sourceOffsets : replacement.sourceOffsets,
      }
      const place = sameFamily(heir, parent) ? '' : `${familyKey(parent.sourceOffsets)}/`
      this.#descent.set(heir, { generation: entry.generation + 1, ordinal: `${place}${entry.ordinal}.${index}` })
      return heir
    })
  }

  /** For `arrange`: a snapshot, taken when it is first looked at. */
  pending(): PendingContext {
    const tasks = this.#tasks
    let snapshot: PendingContext | null = null
    const take = (): PendingContext => (snapshot ??= { pendingTasks: [...tasks.values()], pendingTaskIds: new Set(tasks.keys()) })
    return {
      get pendingTasks() {
        return take().pendingTasks
      },
      get pendingTaskIds() {
        return take().pendingTaskIds
      },
    }
  }

  #freeId(taskId: string): string {
    if (!this.#tasks.has(taskId)) return taskId
    let number = this.#nextNumbers.get(taskId) ?? 2
    while (this.#tasks.has(`${taskId}#${number}`)) number += 1
    this.#nextNumbers.set(taskId, number + 1)
    return `${taskId}#${number}`
  }

  #joinFamily(sourceOffsets: readonly number[]): number {
    const key = familyKey(sourceOffsets)
    const place = this.#families.get(key) ?? 0
    if (sourceOffsets.length > 0) this.#families.set(key, place + 1)
    for (const offset of sourceOffsets) {
      const keys = this.#familiesOf.get(offset)
      if (keys === undefined) this.#familiesOf.set(offset, new Set([key]))
      else keys.add(key)
    }
    return place
  }
}

function sameFamily(one: ExecutorTask, other: ExecutorTask): boolean {
  return familyKey(one.sourceOffsets) === familyKey(other.sourceOffsets)
}

function familyKey(sourceOffsets: readonly number[]): string {
  return sourceOffsets.length === 1 ? String(sourceOffsets[0]) : sourceOffsets.join(',')
}
