/** Who is next: waiting tasks in order of priority, ties in order of arrival (EXE-25…28). */
import { comparePriorities } from './compare-priorities.ts'
import type { TaskPriority } from './executor.ts'
import { WaitingHeap, type HeapItem } from './waiting-heap.ts'

export interface GateRequest {
  readonly priority: TaskPriority
  /** Used instead when `priority` cannot be compared. */
  readonly defaultPriority: number
  /** Position among equals; smaller came earlier. */
  readonly arrival: number
}

export interface Waiter<G> extends HeapItem {
  readonly priority: TaskPriority
  readonly arrival: number
  readonly grant: (granted: G) => void
}

export class PriorityGate<G> {
  readonly #heap = new WaitingHeap<Waiter<G>>(isBefore)
  readonly #onIncomparable: () => void
  /** The kind of priority the waiting tasks use: the first of them decides. */
  #reference: TaskPriority | null = null

  /** `onIncomparable` is told of every waiter that got its default priority (HND-30). */
  constructor(onIncomparable: () => void) {
    this.#onIncomparable = onIncomparable
  }

  get waitingCount(): number {
    return this.#heap.size
  }

  add(request: GateRequest, grant: (granted: G) => void): Waiter<G> {
    const waiter: Waiter<G> = { priority: this.#usable(request), arrival: request.arrival, grant, heapIndex: -1 }
    this.#heap.push(waiter)
    return waiter
  }

  /** Removes the waiter that is next. */
  next(): Waiter<G> | undefined {
    return this.#heap.pop()
  }

  /** False when it was no longer waiting. */
  remove(waiter: Waiter<G>): boolean {
    return this.#heap.remove(waiter)
  }

  #usable(request: GateRequest): TaskPriority {
    const { priority } = request
    if (this.#heap.size === 0) this.#reference = null
    const isUsable = comparePriorities(priority, priority) !== null && this.#isOfOneKind(priority)
    if (isUsable) {
      this.#reference ??= priority
      return priority
    }
    this.#onIncomparable()
    return request.defaultPriority
  }

  #isOfOneKind(priority: TaskPriority): boolean {
    return this.#reference === null || comparePriorities(priority, this.#reference) !== null
  }
}

type Ranked = Pick<Waiter<unknown>, 'priority' | 'arrival'>

function isBefore(left: Ranked, right: Ranked): boolean {
  const order = comparePriorities(left.priority, right.priority) ?? kindRank(left.priority) - kindRank(right.priority)
  return order === 0 ? left.arrival < right.arrival : order < 0
}

/** Keeps the order total where a default number meets other kinds. */
function kindRank(priority: TaskPriority): number {
  return typeof priority === 'number' || typeof priority === 'bigint' ? 0 : 1
}
