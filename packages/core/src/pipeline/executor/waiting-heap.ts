/** A binary heap whose items know their place, so that any of them can leave in O(log n). */

export interface HeapItem {
  /** Owned by the heap; -1 outside of it. */
  heapIndex: number
}

export class WaitingHeap<T extends HeapItem> {
  readonly #items: T[] = []
  readonly #isBefore: (left: T, right: T) => boolean

  constructor(isBefore: (left: T, right: T) => boolean) {
    this.#isBefore = isBefore
  }

  get size(): number {
    return this.#items.length
  }

  push(item: T): void {
    item.heapIndex = this.#items.length
    this.#items.push(item)
    this.#rise(item)
  }

  /** Removes and returns the first item. */
  pop(): T | undefined {
    const first = this.#items[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  /** False when the item is not in the heap. */
  remove(item: T): boolean {
    const index = item.heapIndex
    if (this.#items[index] !== item) return false
    const last = this.#items.pop()
    item.heapIndex = -1
    if (last === undefined || last === item) return true
    this.#place(last, index)
    this.#rise(last)
    this.#sink(last)
    return true
  }

  #rise(item: T): void {
    while (item.heapIndex > 0) {
      const parentIndex = (item.heapIndex - 1) >> 1
      const parent = this.#items[parentIndex]
      if (parent === undefined || !this.#isBefore(item, parent)) return
      this.#swap(item, parent)
    }
  }

  #sink(item: T): void {
    for (;;) {
      const child = this.#firstChild(item.heapIndex)
      if (child === undefined || !this.#isBefore(child, item)) return
      this.#swap(child, item)
    }
  }

  #firstChild(index: number): T | undefined {
    const left = this.#items[2 * index + 1]
    const right = this.#items[2 * index + 2]
    if (left === undefined || right === undefined) return left
    return this.#isBefore(right, left) ? right : left
  }

  #swap(upper: T, lower: T): void {
    const index = upper.heapIndex
    this.#place(upper, lower.heapIndex)
    this.#place(lower, index)
  }

  #place(item: T, index: number): void {
    item.heapIndex = index
    this.#items[index] = item
  }
}
